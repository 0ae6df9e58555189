package score

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/examples/iris/steps/flower"
)

// always predicts one species whatever it sees.
type always string

func (a always) Predict([flower.Measures]float64) string { return string(a) }

func flowers() []flower.Flower {
	return []flower.Flower{{Species: "rose"}, {Species: "lily"}, {Species: "rose"}, {Species: "rose"}}
}

func TestEvaluateCounts(t *testing.T) {
	got, err := Evaluate("stubborn", always("rose"), flowers())
	if err != nil {
		t.Fatal(err)
	}
	want := Score{Model: "stubborn", Species: []string{"rose", "lily"}, Confusion: [][]int{{3, 0}, {1, 0}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("score %+v, want %+v", got, want)
	}
	if got.Correct() != 3 || got.Total() != 4 || got.Accuracy() != 0.75 {
		t.Errorf("%d of %d, accuracy %v", got.Correct(), got.Total(), got.Accuracy())
	}
}

func TestEvaluateRefusesUnknownSpecies(t *testing.T) {
	if _, err := Evaluate("wild", always("oak"), flowers()); err == nil || !strings.Contains(err.Error(), `"oak"`) {
		t.Errorf("error %v", err)
	}
}

func TestScoresReadBack(t *testing.T) {
	s, err := Evaluate("stubborn", always("rose"), flowers())
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := Write(&text, []Score{s}); err != nil {
		t.Fatal(err)
	}
	if got, err := Read(&text); err != nil || !reflect.DeepEqual(got, []Score{s}) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWrongScoresAreRefused(t *testing.T) {
	for _, text := range []string{
		"", "[]", "{}", `[{"model":"m"}]`,
		`[{"model":"m","species":["a","b"],"confusion":[[1,0]]}]`,
		`[{"model":"m","species":["a","b"],"confusion":[[1,0],[1]]}]`,
		`[{"model":"m","species":["a"],"confusion":[[0]]}]`,
	} {
		if _, err := Read(strings.NewReader(text)); err == nil {
			t.Errorf("%q is read as scores", text)
		}
	}
}

func TestReportNamesAllLeaders(t *testing.T) {
	species := []string{"a", "b"}
	scores := []Score{
		{Model: "one", Species: species, Confusion: [][]int{{2, 0}, {1, 1}}},
		{Model: "two", Species: species, Confusion: [][]int{{1, 1}, {1, 1}}},
		{Model: "three", Species: species, Confusion: [][]int{{1, 1}, {0, 2}}},
	}
	var text bytes.Buffer
	if err := Report(&text, scores); err != nil {
		t.Fatal(err)
	}
	if want := "\nbest: one, three accuracy 0.7500 (3 of 4)\n"; !strings.HasSuffix(text.String(), want) {
		t.Errorf("the report ends in %q, want %q", text.String(), want)
	}
}
