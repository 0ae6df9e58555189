package record

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

func value(text string) v1alpha1.Value { return v1alpha1.Value(text) }

// succeededWith is a step whose attempt of that number has succeeded with these results.
func succeededWith(name string, attempt int, results map[string]v1alpha1.Value) v1alpha1.StepStatus {
	s := v1alpha1.StepStatus{Name: name, Phase: v1alpha1.StepSucceeded, Results: results}
	for k := range attempt {
		s.Attempts = append(s.Attempts, v1alpha1.AttemptStatus{Number: k + 1})
	}
	return s
}

func mustAdd(t *testing.T, r *Results, s v1alpha1.StepStatus) (piece int, changed bool) {
	t.Helper()
	piece, changed, err := r.Add(s)
	if err != nil {
		t.Fatal(err)
	}
	return piece, changed
}

func readAgain(t *testing.T, r *Results) *Results {
	t.Helper()
	again, err := DecodeResults(r.pieces)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

func TestResultsAreAppended(t *testing.T) {
	var r Results
	plan := succeededWith("plan", 1, map[string]v1alpha1.Value{"parts": value(`["<x>","é"]`), "best": value(`3`)})
	if _, changed := mustAdd(t, &r, v1alpha1.StepStatus{Name: "none", Phase: v1alpha1.StepSucceeded}); changed {
		t.Error("a step without results was added")
	}
	for _, want := range []bool{true, false} {
		if piece, changed := mustAdd(t, &r, plan); piece != 0 || changed != want {
			t.Errorf("got piece %d, changed %v", piece, changed)
		}
	}
	mustAdd(t, &r, succeededWith("train", 2, map[string]v1alpha1.Value{"accuracy": value(`0.90`)}))
	const want = `{"step":"plan","attempt":1,"results":{"best":3,"parts":["<x>","é"]}}
{"step":"train","attempt":2,"results":{"accuracy":0.90}}
`
	if r.Len() != 1 || r.Piece(0) != want {
		t.Errorf("got %d pieces:\n%s", r.Len(), r.Piece(0))
	}
	again := readAgain(t, &r)
	if !reflect.DeepEqual(again, &r) {
		t.Errorf("read again: %+v", again)
	}
	if _, changed := mustAdd(t, again, plan); changed {
		t.Error("the next driver writes it once more")
	}
}

// TestResultsCountWithTheirSuccess: a line counts only for the attempt that has succeeded.
func TestResultsCountWithTheirSuccess(t *testing.T) {
	var r Results
	results := map[string]v1alpha1.Value{"a": value(`1`)}
	mustAdd(t, &r, succeededWith("s", 2, results))
	running := succeededWith("s", 2, nil)
	running.Phase = v1alpha1.StepRunning
	for name, tt := range map[string]struct {
		step v1alpha1.StepStatus
		want map[string]v1alpha1.Value
	}{
		"the attempt":       {succeededWith("s", 2, nil), results},
		"an earlier one":    {succeededWith("s", 1, nil), nil},
		"a later one":       {succeededWith("s", 3, nil), nil},
		"not recorded yet":  {running, nil},
		"another's results": {succeededWith("t", 2, nil), nil},
	} {
		steps := []v1alpha1.StepStatus{tt.step}
		readAgain(t, &r).Fill(steps)
		if !reflect.DeepEqual(steps[0].Results, tt.want) {
			t.Errorf("%s: got %s", name, steps[0].Results)
		}
	}
	// A driver that had lost the record wrote of the first attempt after the second had ended.
	late, err := DecodeResults(append(r.pieces, `{"step":"s","attempt":1,"results":{"a":9}}`+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	steps := []v1alpha1.StepStatus{succeededWith("s", 2, nil)}
	if late.Fill(steps); string(steps[0].Results["a"]) != "1" {
		t.Errorf("got %s", steps[0].Results)
	}
}

// TestResultsPieces: a piece takes 32 KiB, and what is in it stays.
func TestResultsPieces(t *testing.T) {
	var r Results
	long := value(`"` + strings.Repeat("x", 4000) + `"`)
	var steps []v1alpha1.StepStatus
	for i := range 40 {
		before := append([]string(nil), r.pieces...)
		s := succeededWith(fmt.Sprint("s", i), 1, map[string]v1alpha1.Value{"text": long})
		piece, _ := mustAdd(t, &r, s)
		for k, text := range before {
			if !strings.HasPrefix(r.Piece(k), text) || k < piece && r.Piece(k) != text {
				t.Fatalf("piece %d was written over", k)
			}
		}
		s.Results = nil
		steps = append(steps, s)
	}
	if r.Len() != 5 {
		t.Errorf("got %d pieces", r.Len())
	}
	for k := range r.Len() {
		if n := len(r.Piece(k)); n > maxResults {
			t.Errorf("piece %d has %d bytes", k, n)
		}
	}
	readAgain(t, &r).Fill(steps)
	for _, s := range steps {
		if string(s.Results["text"]) != string(long) {
			t.Errorf("%s has lost its results", s.Name)
		}
	}
	// What is longer than a piece has one for itself.
	if piece, _ := mustAdd(t, &r, succeededWith("long", 1, map[string]v1alpha1.Value{"text": value(`"` + strings.Repeat("x", maxResults) + `"`)})); piece != 5 {
		t.Errorf("got piece %d", piece)
	}
	readAgain(t, &r)
}

func TestResultsRefused(t *testing.T) {
	const good = `{"step":"s","attempt":1,"results":{"a":1}}` + "\n"
	for _, tt := range []struct {
		name   string
		pieces []string
		want   string
	}{
		{"cut", []string{good + good[:10]}, `results.jsonl of piece 0 of the record is damaged: line 2 is cut short`},
		{"no JSON", []string{good, "x\n"}, `results.jsonl of piece 1 of the record is damaged: line 1: invalid character 'x' looking for beginning of value`},
		{"an empty line", []string{"\n"}, `results.jsonl of piece 0 of the record is damaged: line 1: unexpected end of JSON input`},
		{"no step", []string{`{"attempt":1,"results":{"a":1}}` + "\n"}, `results.jsonl of piece 0 of the record is damaged: line 1: it names no step`},
		{"no attempt", []string{`{"step":"s","attempt":-1,"results":{"a":1}}` + "\n"}, `results.jsonl of piece 0 of the record is damaged: line 1: there is no attempt -1`},
		{"no results", []string{`{"step":"s","attempt":1}` + "\n"}, `results.jsonl of piece 0 of the record is damaged: line 1: it has no results`},
		{"null", []string{`{"step":"s","attempt":1,"results":{"a":null}}` + "\n"}, `results.jsonl of piece 0 of the record is damaged: line 1: the result "a" has no value`},
		{"too large", []string{strings.Repeat(" ", maxResultsText+1)}, `results.jsonl of piece 0 of the record has 262145 bytes: it is not a record of Stepherd`},
		{"too many", make([]string, maxResultPieces+1), `the record has 513 pieces of results: it is not a record of Stepherd`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := DecodeResults(tt.pieces); err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
	if _, _, err := new(Results).Add(succeededWith("s", 1, map[string]v1alpha1.Value{"a": value(`{`)})); err == nil || !strings.Contains(err.Error(), `encode the results of step "s"`) {
		t.Errorf("got %v", err)
	}
}

// TestPieceWithoutResults: the pieces of steps have none, whoever writes them.
func TestPieceWithoutResults(t *testing.T) {
	given := []v1alpha1.StepStatus{succeededWith("s", 0, map[string]v1alpha1.Value{"a": value(`1`)})}
	b, err := EncodePiece(given)
	if err != nil || given[0].Results == nil {
		t.Fatalf("%v, or what was given was written to", err)
	}
	for _, data := range [][]byte{b, zip([]byte(`[{"name":"s","phase":"Succeeded","results":{"a":1}}]`))} {
		if steps, err := DecodePiece(data); err != nil || steps[0].Results != nil {
			t.Errorf("got %+v, %v", steps, err)
		}
	}
}

// FuzzDecodeResults holds, for any text: a sentence, or results that are the same when they are read again, and to which the same
// results are not added once more.
func FuzzDecodeResults(f *testing.F) {
	for _, seed := range []string{
		``, "\n", `{"step":"s","attempt":1,"results":{"a":1}}` + "\n", `{"step":"s","attempt":1,"results":{"a": [ 1 ]}}` + "\n" + `{"step":"s","attempt":2,"results":{"a":"<"}}` + "\n",
		`{"step":"s","attempt":1,"results":{"a":null}}` + "\n", `{"step":"s"`, strings.Repeat("[", 2000) + "\n", `{"step":"s","attempt":1,"results":{"a":"\u2028"}}` + "\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := DecodeResults([]string{text})
		if err != nil {
			checkSentence(t, err)
			return
		}
		var steps []v1alpha1.StepStatus
		for name, line := range r.latest {
			s := succeededWith(name, 0, nil)
			s.Attempts = []v1alpha1.AttemptStatus{{Number: line.Attempt}}
			steps = append(steps, s)
		}
		r.Fill(steps)
		var written Results
		for _, s := range steps {
			if s.Results == nil {
				t.Fatalf("%q gave nothing for %q", text, s.Name)
			}
			if _, changed, err := r.Add(s); changed || err != nil {
				t.Errorf("%q: %q is added again (%v)", text, s.Name, err)
			}
			mustAdd(t, &written, s)
		}
		again := readAgain(t, &written)
		for _, s := range steps {
			want := s.Results
			s.Results = nil
			one := []v1alpha1.StepStatus{s}
			if again.Fill(one); len(one[0].Results) != len(want) {
				t.Errorf("%q: %q is read again as %v", text, want, one[0].Results)
			}
		}
	})
}
