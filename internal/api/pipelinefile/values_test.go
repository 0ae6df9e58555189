package pipelinefile

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/api/parameters"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// TestValues holds what the values of testdata/valid/values.yaml have become in the plan.
func TestValues(t *testing.T) {
	const file = "testdata/valid/values.yaml"
	p := mustDecode(t, file, read(t, file))
	train := p.Steps[1]
	for _, tt := range []struct{ what, got, want string }{
		{"arguments", asJSON(t, p.Arguments), `{"deploy":true,"epochs":5,"memory-of-train":"2Gi","options":{"b":1,"a":{"x":null,"\u003c":[true]}},"rates":[0.1,0.01,null],"size":"small","tag":"v1","text":"${{ not an expression }}"}`},
		{"timeout", p.Timeout.String(), "5h"},
		{"image", p.Settings.Image, "registry.example/x:v1"},
		{"env", asJSON(t, p.Settings.Env), `[{"name":"RUN","value":"${{ run.name }}"},{"name":"EPOCHS","value":"5"},{"name":"DEBUG","value":"true"},{"name":"RATIO","value":"0.50"},{"name":"TEXT","value":"on"},{"name":"SECRET","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}]`},
		{"command", strings.Join(train.Command[3:], " "), "${{ parameters.epochs }} --rows ${{ steps.load.results.rows }} 3 true 1e3 0.10"},
		{"workingDir", train.Settings.WorkingDir, "/data/v1"},
		{"resources", asJSON(t, train.Settings.Resources), `{"cpu":"5","memory":"2Gi","gpu":1}`},
		{"timeout of the step", train.Settings.Timeout.String(), "50m"},
		{"script", p.Steps[0].Script, "echo $$ $(date) '$(HOME)'\n"},
		{"when", p.Steps[4].When, "false"},
		{"finally", p.Finally[1].Name, "tell"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %s, want %s", tt.what, tt.got, tt.want)
		}
	}
}

// TestGiven: values from outside win over the file's, and all that is wrong with them is told with what is wrong with the file.
func TestGiven(t *testing.T) {
	const head = pipelineHead + "parameters: [{name: epochs, type: integer, maximum: 9, default: 1}, {name: who}, {name: rates, type: array, default: []}]\n"
	const file = head + "arguments: {who: file}\nsettings: {image: 'a:${{ parameters.who }}'}\nsteps: [{name: a}]\n"
	set := func(name, text string) parameters.Given {
		return parameters.Given{Name: name, Text: text, Source: "--param " + name}
	}
	for _, tt := range []struct {
		name  string
		given []parameters.Given
		file  string
		want  string // the arguments, or the problems
	}{
		{"none", nil, file, `{"epochs":1,"rates":[],"who":"file"} a:file`},
		{"texts", []parameters.Given{set("epochs", " 7 "), set("who", "3"), set("rates", "[1, \"x\"]")}, file, `{"epochs":7,"rates":[1,"x"],"who":"3"} a:3`},
		{"the later one wins", []parameters.Given{{Name: "who", Value: v1alpha1.Value(`"one"`)}, set("who", "two")}, file, `{"epochs":1,"rates":[],"who":"two"} a:two`},
		{"an empty text", []parameters.Given{set("who", "")}, strings.Replace(file, ":${{ parameters.who }}", "", 1), `{"epochs":1,"rates":[],"who":""} a`},
		{"an expression is data", []parameters.Given{set("who", "${{ run.name }}")}, strings.Replace(file, ":${{ parameters.who }}", "", 1), `{"epochs":1,"rates":[],"who":"${{ run.name }}"} a`},
		{"an expression in a value", []parameters.Given{set("who", "${{ run.name }}")}, file, "f:7:19: settings.image: the value of the expression has ${{ in it, and is not evaluated again: remove it from the value"},
		{"all faults at once", []parameters.Given{set("epoch", "1"), set("epochs", "ten"), set("rates", "a,b"), {Name: "who", Value: v1alpha1.Value(`3`), Source: "values.yaml", Line: 2, Column: 6}},
			strings.Replace(file, "name: a}", "name: a, needs: [b]}", 1), `f:8:27: steps[0].needs[0]: no step is called "b"
--param epoch: the pipeline has no parameter "epoch"; did you mean "epochs"?
--param epochs: "ten" is not an integer: write it as 3
--param rates: "a,b" is not an array: write it as JSON, as '["a", "b"]'
values.yaml:2:6: who: the value is the number 3, not a string: put it in quotes: "3"`},
		{"out of bounds", []parameters.Given{set("epochs", "10")}, file, "--param epochs: 10 is above the maximum of 9"},
		{"missing", nil, strings.Replace(file, "arguments: {who: file}\n", "", 1), `f:5:69: parameters[1]: parameter "who" has no value: give it with --param who=..., or write arguments: {who: ...}, or a default`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			reading, err := Read("f", []byte(tt.file), Options{Given: tt.given})
			got := ""
			if err != nil {
				got = err.Error()
			} else {
				got = asJSON(t, reading.Pipeline.Arguments) + " " + reading.Pipeline.Settings.Image
			}
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// TestPartial: without the value of a parameter, all that does not need it is checked.
func TestPartial(t *testing.T) {
	const file = pipelineHead + "parameters: [{name: tag}, {name: size, default: 1Gi}]\nsettings: {image: 'a:${{ parameters.tag }}', resources: {memory: '${{ parameters.size }}'}}\nsteps: [{name: a, args: ['${{ parameters.tag }}']}]\n"
	reading, err := Read("f", []byte(file), Options{Partial: true})
	want := `f:5:14: parameters[0]: parameter "tag" has no value, so that what depends on it was not checked: give it with --param tag=...`
	if err != nil || strings.Join(reading.Warnings, "\n") != want {
		t.Errorf("%v\n%s", err, strings.Join(reading.Warnings, "\n"))
	}
	_, err = Read("f", []byte(strings.Replace(file, "1Gi", "1Gx", 1)), Options{Partial: true})
	if err == nil || err.Error() != `f:6:66: settings.resources.memory: "1Gx" is not a quantity: write it as memory: 512Mi or memory: 16Gi` {
		t.Error(err)
	}
}

// TestLargePlanOfValues: the plan of 10,000 steps with conditions, results and expressions is decoded without a tree, and each
// expression costs little.
func TestLargePlanOfValues(t *testing.T) {
	text := []byte(pipelineHead + "parameters: [{name: tag, default: v1}, {name: rates, type: array, default: [1, null]}]\nsettings: {image: 'a:${{ parameters.tag }}', env: {TAG: '${{ parameters.tag }}'}}\nsteps:\n- {name: s0, results: [{name: rows, type: integer}]}\n")
	for i := 1; i < v1alpha1.MaxSteps-1; i++ {
		text = fmt.Appendf(text, "- {name: s%d, needs: [s%d], when: steps.s%d.results.rows > 0, args: ['${{ steps.s0.results.rows + parameters.rates.size() }}'], results: [{name: rows, type: integer}]}\n", i, i-1, i-1)
	}
	text = append(text, "finally: [{name: last, args: ['${{ run.phase }}']}]\n"...)
	start := time.Now()
	p := mustDecode(t, "large", text)
	t.Logf("the file: %v", time.Since(start))
	plan := []byte(asJSON(t, p))
	start = time.Now()
	short := decodeJSON(plan)
	took := time.Since(start)
	if t.Logf("the plan: %v, %d bytes", took, len(plan)); short == nil || asJSON(t, short) != string(plan) {
		t.Fatal("the plan is not decoded the short way, or otherwise")
	}
	if took > 30*time.Second {
		t.Errorf("the plan took %v", took)
	}
}

// TestShortWayOfValues: what means something else where it stands is left to the tree.
func TestShortWayOfValues(t *testing.T) {
	const file = "testdata/valid/values.yaml"
	plan := asJSON(t, mustDecode(t, filepath.Base(file), read(t, file)))
	if decodeJSON([]byte(plan)) == nil {
		t.Fatal("the plan itself is not decoded")
	}
	for name, replaced := range map[string][2]string{
		"an expression in the image":   {`"image":"registry.example/x:v1"`, `"image":"a:${{ parameters.tag }}"`},
		"an expression in workingDir":  {`"workingDir":"/data/v1"`, `"workingDir":"/data/${{ parameters.tag }}"`},
		"an expression in annotations": {`"env":[{"name":"RUN"`, `"annotations":{"a":"${{ run.name }}"},"env":[{"name":"RUN"`},
		"one that is escaped":          {`"workingDir":"/data/v1"`, `"workingDir":"/data/\u0024{{ parameters.tag }}"`},
		"an argument that is missing":  {`"deploy":true,`, ``},
		"an argument too many":         {`"deploy":true,`, `"deploy":true,"other":1,`},
		"a null":                       {`"deploy":true,`, `"deploy":null,`},
		"a null in args":               {`"args":["${{ run.pipeline }}"]`, `"args":["${{ run.pipeline }}",null]`},
		"a key twice in a value":       {`{"b":1,`, `{"b":1,"b":2,`},
		"a condition of another type":  {`"when":"failed()"`, `"when":"run.name"`},
	} {
		changed := strings.Replace(plan, replaced[0], replaced[1], 1)
		if changed == plan {
			t.Fatalf("%s: nothing is replaced", name)
		}
		if decodeJSON([]byte(changed)) != nil {
			t.Errorf("%s: the short way took it", name)
		}
	}
}
