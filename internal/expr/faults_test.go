package expr_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/expr"
)

var update = flag.Bool("update", false, "rewrite golden files")

// faulty are texts with something wrong, by the place that they are in: anywhere, submit, plain (no step is needed), when.
var faulty = [][2]string{
	// names
	{"anywhere", "${{ parameters.nme }}"},
	{"anywhere", "${{ parameters.learning-rat * 2 }}"},
	{"anywhere", "${{ parameters.learnig-rate - 1 }}"},
	{"anywhere", "${{ parameters['learning rate'] }}"},
	{"anywhere", "${{ parameters }}"},
	{"anywhere", "${{ parameters. }}"},
	{"anywhere", "${{ parameters[parameters.name] }}"},
	{"anywhere", "${{ parameters['name' }}"},
	{"anywhere", "${{ name }}"},
	{"anywhere", "${{ nam }}"},
	{"anywhere", "${{ stps.load.phase }}"},
	{"anywhere", "${{ steps.lod.phase }}"},
	{"anywhere", "${{ steps.load-dta.results.rows }}"},
	{"anywhere", "${{ steps.load-data.result.rows }}"},
	{"anywhere", "${{ steps.load-data.results.row }}"},
	{"anywhere", "${{ steps.load-data.results }}"},
	{"anywhere", "${{ steps.load-data }}"},
	{"anywhere", "${{ steps.load.results.rows }}"},
	{"anywhere", "${{ steps['lod'].phase }}"},
	{"anywhere", "${{ steps[1].phase }}"},
	{"anywhere", "${{ run.nam }}"},
	{"anywhere", "${{ run }}"},
	{"anywhere", "${{ [1].map(run, run + 1) }}"},
	{"anywhere", "${{ _stepherd }}"},
	{"anywhere", "${{ succeeded }}"},
	{"anywhere", "${{ failed(1) }}"},
	{"anywhere", "${{ parameters.nme + steps.lod.phase }}"},
	// places
	{"submit", "${{ run.name }}-${{ steps.load.phase }}-${{ parameters.name }}-${{ run.pipeline }}"},
	{"submit", "${{ succeeded() }}"},
	{"plain", "${{ steps.load-data.results.rows }}"},
	{"plain", "${{ steps.load.phase == 'Failed' }}"},
	{"plain", "${{ run.phase }}"},
	{"plain", "${{ always() }}"},
	// functions and types
	{"anywhere", "${{ sizee('a') }}"},
	{"anywhere", "${{ 'a'.upperAsci() }}"},
	{"anywhere", "${{ math.bigest(1, 2) }}"},
	{"anywhere", "${{ parameters.n + 'a' }}"},
	{"anywhere", "${{ parameters.name - 1 }}"},
	{"anywhere", "${{ parameters.name == 1 }}"},
	{"anywhere", "${{ parameters.name > 1 }}"},
	{"anywhere", "${{ !parameters.name }}"},
	{"anywhere", "${{ -parameters.name }}"},
	{"anywhere", "${{ parameters.name && true }}"},
	{"anywhere", "${{ parameters.on ? 1 : 'a' }}"},
	{"anywhere", "${{ parameters.name ? 1 : 2 }}"},
	{"anywhere", "${{ parameters.name.x }}"},
	{"anywhere", "${{ parameters.name[0] }}"},
	{"anywhere", "${{ parameters.list['a'] }}"},
	{"anywhere", "${{ parameters.n.map(x, x) }}"},
	{"anywhere", "${{ parameters.list.map(1, 2) }}"},
	{"anywhere", "${{ parameters.name.startsWith(1) }}"},
	{"anywhere", "${{ [1, 2].join() }}"},
	{"anywhere", "${{ math.greatest('a') }}"},
	{"anywhere", "${{ 1 in parameters.name }}"},
	{"anywhere", "${{ has(parameters.name == 'a') }}"},
	{"anywhere", "${{ '%d'.format(['a']) }}"},
	{"anywhere", "${{ null }}"},
	{"anywhere", "${{ b'a' }}"},
	{"anywhere", "${{ type(1) }}"},
	{"anywhere", "${{ timestamp(1, 2) }}"},
	{"anywhere", "${{ parameters.on + parameters.nothing }}"},
	// syntax
	{"anywhere", "${{ 1"},
	{"anywhere", "a ${{ 'it }}"},
	{"anywhere", "${{ \"\"\"a }}"},
	{"anywhere", "${{ `a }}"},
	{"anywhere", "${{ x // a comment }}"},
	{"anywhere", "${{}}"},
	{"anywhere", "${{ }}"},
	{"anywhere", "${{ (1 + }}"},
	{"anywhere", "${{ 1 + + }}"},
	{"anywhere", "${{ 1 2 }}"},
	{"anywhere", "${{ a b }}"},
	{"anywhere", "${{ 1 = 2 }}"},
	{"anywhere", "${{ # }}"},
	{"anywhere", "${{ } }}"},
	{"anywhere", "${{ for }}"},
	{"anywhere", "${{ 99999999999999999999 }}"},
	{"anywhere", "${{ '\\q' }}"},
	{"anywhere", "ä ${{ 'ä' + parameters.n }}"},
	{"anywhere", "${{\n  parameters.n +\n  'a'\n}}"},
	{"anywhere", "${{ parameters.learning-rate + parameters.name }}"},
	{"anywhere", "${{ ((((((((((((((((((((((((((((((((((((((((((((((((((((1)))))))))))))))))))))))))))))))))))))))))))))))))))) }}"},
	{"anywhere", "${{ 1" + strings.Repeat("+1", 300) + " }}"},
	{"anywhere", "${{ '" + strings.Repeat("x", 17000) + "' }}"},
	// dollars
	{"anywhere", "$${{ 1 }}"},
	{"anywhere", "a$$$${{ 1 }} and b$$${{ 1 }}"},
	{"anywhere", "$${{ 1 }} ${{ nam }}"},
	{"anywhere", "echo $(date ${{ 1 }})"},
	{"anywhere", "$$(S) $(S) $$$(${{ 1 }}"},
	// conditions
	{"when", "parameters.n"},
	{"when", "${{ parameters.name }}"},
	{"when", "${{ true }} x"},
	{"when", "${{ true"},
	{"when", ""},
	{"when", "${{ null }}"},
	{"when", "true && ${{ false }}"},
	{"when", "steps.load-data.results.rows > '1'"},
	{"when", "succeded()"},
}

// place is one of those in which faulty texts stand.
func place(name string) expr.Place {
	switch name {
	case "submit":
		return expr.Place{Submit: true}
	case "plain":
		return expr.Place{}
	}
	return anywhere()
}

func faultsOf(e *expr.Env, where, text string) []expr.Fault {
	var faults []expr.Fault
	if where == "when" {
		_, faults = e.Condition(text, place(where))
	} else {
		_, faults = e.Text(text, place(where))
	}
	return faults
}

// TestFaults holds the whole text of every error, and where it points to.
func TestFaults(t *testing.T) {
	e, err := expr.NewEnv(scope())
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, one := range faulty {
		where, text := one[0], one[1]
		faults := faultsOf(e, where, text)
		if len(faults) == 0 {
			t.Errorf("%s %s: no fault", where, text)
		}
		fmt.Fprintf(&b, "%s: %s\n", where, excerpt(text))
		for _, f := range faults {
			if f.Offset < 0 || f.Offset > len(text) {
				t.Errorf("%s: offset %d", text, f.Offset)
				continue
			}
			fmt.Fprintf(&b, "  %d %s: %s\n", f.Offset, excerpt(text[f.Offset:]), f.Message)
		}
	}
	golden(t, "testdata/faults.txt", b.String())
}

// excerpt is the beginning of a text on one line.
func excerpt(text string) string {
	if r := []rune(text); len(r) > 70 {
		text = string(r[:70]) + "..."
	}
	return strings.ReplaceAll(text, "\n", "\\n")
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	wanted := strings.Split(string(want), "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(wanted) || line != wanted[i] {
			t.Fatalf("%s:%d: got\n%s\nwant\n%s", path, i+1, line, strings.Join(wanted[min(i, len(wanted)):min(i+1, len(wanted))], "\n"))
		}
	}
	t.Fatalf("%s: lines are missing", path)
}

// TestFaultsPointIntoTheText: the same fault behind a longer text, and behind names of several lengths, points to the same word.
func TestFaultsPointIntoTheText(t *testing.T) {
	e, err := expr.NewEnv(scope())
	if err != nil {
		t.Fatal(err)
	}
	for _, before := range []string{"", "x ", "äöü ", "${{ parameters.learning-rate }} ", "line\nline "} {
		for _, inside := range []string{"", "parameters.name + ", "string(steps.train.v2.results.val-acc) + 'ä' + ", "string(parameters['n'] + steps['load-data'].results['rows']) + ", "\n"} {
			text := before + "${{ " + inside + "wrong }}"
			faults := faultsOf(e, "anywhere", text)
			if len(faults) != 1 || !strings.HasPrefix(text[faults[0].Offset:], "wrong") {
				t.Errorf("%q: %+v", text, faults)
			}
		}
	}
}

// TestFaultsAllAtOnce: each expression of a text is read, whatever is wrong with the others.
func TestFaultsAllAtOnce(t *testing.T) {
	e, err := expr.NewEnv(scope())
	if err != nil {
		t.Fatal(err)
	}
	var at []int
	text := "${{ wrong }} $${{ parameters.nme }} ${{ parameters.n + steps.lod.phase + run.nme }}"
	for _, f := range faultsOf(e, "anywhere", text) {
		at = append(at, f.Offset)
	}
	slices.Sort(at)
	want := []int{strings.Index(text, "wrong"), strings.Index(text, "$${{"), strings.Index(text, "nme"), strings.Index(text, "lod"), strings.LastIndex(text, "nme")}
	if !slices.Equal(at, want) {
		t.Errorf("faults at %v, want %v", at, want)
	}
}
