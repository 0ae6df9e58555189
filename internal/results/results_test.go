package results

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

var (
	text   = []v1alpha1.Result{{Name: "path"}}
	number = []v1alpha1.Result{{Name: "accuracy", Type: v1alpha1.TypeNumber}}
	two    = []v1alpha1.Result{{Name: "parts", Type: v1alpha1.TypeArray}, {Name: "best", Type: v1alpha1.TypeInteger}}
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		name       string
		declared   []v1alpha1.Result
		output     string
		containers int
		want       string
	}{
		{"none declared", nil, "a line of its own", 1, ``},
		{"an object", two, "{\"best\": 3,\n \"parts\": [\"x\", \"y\"]}\n", 1, `best=3 parts=["x","y"]`},
		{"an integer with a point", two, `{"best": 3.0, "parts": []}`, 1, `best=3 parts=[]`},
		{"text", text, "/data/a <b>\n", 1, `path="/data/a <b>"`},
		{"text of several lines", text, "a\n\"b\"\r\n\n", 1, `path="a\n\"b\""`},
		{"text that is JSON of another kind", text, `"a"`, 1, `path="\"a\""`},
		{"text as an object", text, ` {"path": "a"}`, 1, `path="a"`},
		{"an empty text", text, "\n", 1, `path=""`},
		{"almost too large", text, strings.Repeat("x", 4095), 3, `path="` + strings.Repeat("x", 4095) + `"`},

		{"too large", text, strings.Repeat("x", 4096), 3,
			`the results have at least 4096 bytes, and of a Pod with 3 containers only less than that is sure to be whole: write large data to files, and hand on where they are`},
		{"too large for its share", two, `{"parts": [` + strings.Repeat("1,", 1531), 4,
			`the results have at least 3072 bytes, and of a Pod with 4 containers only less than that is sure to be whole: write large data to files, and hand on where they are`},
		{"the tail of what was too large", text, strings.Repeat("x", 4096), 0,
			`the results have at least 4096 bytes, and of a Pod with 1 container only less than that is sure to be whole: write large data to files, and hand on where they are`},
		{"nothing", number, "", 1, `the program ended with 0, but wrote no results: write a JSON object such as {"accuracy": ...} to the file that STEPHERD_RESULTS names, in place`},
		{"no text", text, "", 1, `the program ended with 0, but wrote no results: write the text of "path" to the file that STEPHERD_RESULTS names, in place`},
		{"white space", number, " \n", 1, `the results are no JSON: unexpected end of JSON input at byte 2, in "": write a JSON object such as {"accuracy": ...}`},
		{"no JSON", number, "0.9 ok", 1, `the results are no JSON: invalid character 'o' after top-level value at byte 5, in "0.9 ok": write a JSON object such as {"accuracy": ...}`},
		{"NaN", number, `{"accuracy": NaN}`, 1, `the results are no JSON, which has no NaN (byte 14): write a JSON object such as {"accuracy": ...}`},
		{"minus infinity", number, `{"accuracy": -Infinity}`, 1, `the results are no JSON, which has no Infinity (byte 15): write a JSON object such as {"accuracy": ...}`},
		{"no object", number, `0.9`, 1, `the results are no JSON object, but begin with "0.9": write a JSON object such as {"accuracy": ...}`},
		{"two objects", number, `{"accuracy": 1}{"accuracy": 2}`, 1, `the results are no JSON: invalid character '{' after top-level value at byte 16, in "{\"accuracy\": 1}{\"accuracy\": 2}": write a JSON object such as {"accuracy": ...}`},
		{"an object that is cut", text, `{"path": "a`, 1, `the results are no JSON: unexpected end of JSON input at byte 11, in "{\"path\": \"a": write the text of "path"`},
		{"missing", two, `{"best": 1}`, 1, `the result "parts" is missing`},
		{"wrong type", number, `{"accuracy": "0.9"}`, 1, `the result "accuracy" is the string "0.9", not a number`},
		{"null", number, `{"accuracy": null}`, 1, `the result "accuracy" is null, not a number`},
		{"misspelled", number, `{"acuracy": 0.9}`, 1, `the step declares no result "acuracy" (did you mean "accuracy"?); the result "accuracy" is missing`},
		{"unknown", text, `{"path": "a", "size": 3}`, 1, `the step declares no result "size"`},
		{"twice", number, `{"accuracy": 1, "accuracy": 2}`, 1, `the result "accuracy" is written twice`},
		{"many faults", two, `{"a":1,"b":2,"c":3,"parts":1}`, 1, `the step declares no result "a"; the step declares no result "b"; the step declares no result "c"; the result "parts" is the number 1, not an array; and 1 more`},
		{"not UTF-8", text, "caf\xe9", 1, `the results are not UTF-8: write them in UTF-8`},
		{"not UTF-8, as the API server gives it", text, "caf\uFFFD", 1, `the results are not UTF-8: write them in UTF-8`},
		{"the kubelet's trouble", text, "Error on reading termination log /var/x: permission denied", 1, `the kubelet could not read the results: /var/x: permission denied`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			values, err := Parse(tt.declared, tt.output, tt.containers)
			got := told(values)
			if err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if err != nil && values != nil {
				t.Errorf("an error came with %v", values)
			}
		})
	}
}

func told(values map[string]v1alpha1.Value) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		all = append(all, fmt.Sprintf("%s=%s", name, values[name]))
	}
	return strings.Join(all, " ")
}

func TestLimit(t *testing.T) {
	for containers, want := range map[int]int{-1: 4096, 0: 4096, 1: 4096, 3: 4096, 4: 3072, 5: 2457, 12: 1024} {
		if got := Limit(containers); got != want {
			t.Errorf("of %d containers: got %d, want %d", containers, got, want)
		}
	}
}

func TestSize(t *testing.T) {
	if got := Size(map[string]v1alpha1.Value{"ab": v1alpha1.Value(`"x"`), "c": v1alpha1.Value(`12`)}); got != 8 {
		t.Errorf("got %d", got)
	}
}

// FuzzParse: no output is a panic, and what is given is what was declared, and reads again as the same.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{``, `{"best": 3, "parts": [1, 2]}`, `{"best":`, "plain\n", `{"best": 1e999, "parts": [[[[]]]]}`, `{"a": {"a": 1, "a": 2}}`, "\xff", `NaN`, strings.Repeat("[", 4000)} {
		f.Add(seed, 1)
	}
	f.Fuzz(func(t *testing.T, output string, containers int) {
		for _, declared := range [][]v1alpha1.Result{text, number, two} {
			values, err := Parse(declared, output, containers)
			if err != nil {
				if values != nil || err.Error() == "" || len(err.Error()) > 2000 {
					t.Fatalf("%v, %v", values, err)
				}
				continue
			}
			if len(values) != len(declared) || len(output) >= Limit(containers) {
				t.Fatalf("%q of %d bytes gave %v", output, len(output), values)
			}
			again, err := json.Marshal(values)
			if err != nil {
				t.Fatal(err)
			}
			if second, err := Parse(declared, string(again), 1); err == nil && !reflect.DeepEqual(second, values) && !strings.ContainsAny(output, "<>&\u2028\u2029") {
				t.Fatalf("%v is read again as %v", values, second)
			}
		}
	})
}
