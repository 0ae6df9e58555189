package model

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/examples/iris/data"
	"github.com/stepherd/stepherd/examples/iris/steps/flower"
)

// halves are the iris data set as the example divides it.
func halves(t *testing.T) (train, test []flower.Flower) {
	t.Helper()
	flowers, err := flower.ReadPublished(bytes.NewReader(data.Iris))
	if err != nil {
		t.Fatal(err)
	}
	train, test, err = flower.Split(flowers, 20, 1)
	if err != nil {
		t.Fatal(err)
	}
	return train, test
}

func trained(t *testing.T, kind string, flowers []flower.Flower) Model {
	t.Helper()
	m, err := Train(kind, flowers)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Along a line there is little to compute: the model must find the middle between two groups that lie alike.
func TestEveryModelFindsTheMiddle(t *testing.T) {
	var flowers []flower.Flower
	for _, x := range []float64{1, 2, 3, 4, 5} {
		flowers = append(flowers,
			flower.Flower{Species: "low", Measures: [flower.Measures]float64{x, x, 6 - x, x}},
			flower.Flower{Species: "high", Measures: [flower.Measures]float64{x + 10, x, 6 - x, x}})
	}
	for _, kind := range Kinds {
		m := trained(t, kind, flowers)
		for x, want := range map[float64]string{-3: "low", 3: "low", 7.9: "low", 8.1: "high", 13: "high", 40: "high"} {
			if got := m.Predict([flower.Measures]float64{x, 3, 3, 3}); got != want {
				t.Errorf("%s says %s at %v, want %s", kind, got, x, want)
			}
		}
	}
}

func TestModelsReadBack(t *testing.T) {
	train, test := halves(t)
	for _, kind := range Kinds {
		m := trained(t, kind, train)
		var text bytes.Buffer
		if err := Write(&text, kind, m); err != nil {
			t.Fatal(err)
		}
		gotKind, again, err := Read(&text)
		if err != nil || gotKind != kind {
			t.Fatalf("kind %q, %v; want %q", gotKind, err, kind)
		}
		for _, f := range test {
			if m.Predict(f.Measures) != again.Predict(f.Measures) {
				t.Errorf("%s predicts otherwise after it was read back", kind)
			}
		}
	}
}

func TestWrongTrainingIsRefused(t *testing.T) {
	train, _ := halves(t)
	alike := []flower.Flower{{Species: "a"}, {Species: "a"}, {Species: "b"}, {Species: "b"}, {Species: "b"}}
	for name, test := range map[string]struct {
		kind    string
		flowers []flower.Flower
		want    string
	}{
		"unknown":         {"oracle", train, `unknown model "oracle"`},
		"one species":     {"knn", flower.Of(train, "setosa"), "fewer than two species"},
		"too few":         {"knn", alike[1:4], "needs at least 5"},
		"bayes, alike":    {"bayes", alike, "all a have the same sepal_length"},
		"logistic, alike": {"logistic", alike, "all flowers have the same sepal_length"},
		"nothing at all":  {"bayes", nil, "fewer than two species"},
	} {
		if _, err := Train(test.kind, test.flowers); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", name, err, test.want)
		}
	}
}

func TestWrongFilesAreRefused(t *testing.T) {
	for _, text := range []string{
		"", "[]", `{"kind":"oracle","model":{}}`, `{"kind":"knn","model":{"k":"five"}}`,
		`{"kind":"knn","model":{}}`, `{"kind":"bayes","model":{}}`, `{"kind":"logistic","model":{"species":["a"]}}`,
	} {
		if _, _, err := Read(strings.NewReader(text)); err == nil {
			t.Errorf("%q is read as a model", text)
		}
	}
}
