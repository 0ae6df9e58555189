package flower

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/examples/iris/data"
)

func readIris(t *testing.T) []Flower {
	t.Helper()
	flowers, err := ReadPublished(bytes.NewReader(data.Iris))
	if err != nil {
		t.Fatal(err)
	}
	return flowers
}

// The means are those that Fisher printed in 1936 (table II of his paper): they show that the committed file holds
// his measurements, with its columns and species in the right order.
func TestMeansAreThoseOfFisher(t *testing.T) {
	flowers := readIris(t)
	for species, want := range map[string][Measures]float64{
		"setosa":     {5.006, 3.428, 1.462, 0.246},
		"versicolor": {5.936, 2.770, 4.260, 1.326},
		"virginica":  {6.588, 2.974, 5.552, 2.026},
	} {
		some := Of(flowers, species)
		if len(some) != 50 {
			t.Errorf("%d %s, want 50", len(some), species)
		}
		for i, name := range MeasureNames {
			var sum float64
			for _, f := range some {
				sum += f.Measures[i]
			}
			if mean := sum / 50; math.Abs(mean-want[i]) > 1e-9 {
				t.Errorf("mean %s of %s is %.4f, want %.3f", name, species, mean, want[i])
			}
		}
	}
}

func TestTableReadsBack(t *testing.T) {
	flowers := readIris(t)
	var table bytes.Buffer
	if err := WriteTable(&table, flowers); err != nil {
		t.Fatal(err)
	}
	again, err := ReadTable(&table)
	if err != nil || !reflect.DeepEqual(flowers, again) {
		t.Errorf("a table does not read back: %v", err)
	}
}

func TestSplitDividesEverySpecies(t *testing.T) {
	flowers := readIris(t)
	train, test, err := Split(flowers, 20, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, species := range Species(flowers) {
		if a, b := len(Of(train, species)), len(Of(test, species)); a != 30 || b != 20 {
			t.Errorf("%d and %d %s, want 30 and 20", a, b, species)
		}
	}
	if got, want := sorted(append(slices.Clone(train), test...)), sorted(flowers); !slices.Equal(got, want) {
		t.Error("the two halves together are not the data set")
	}
}

// sorted makes lists of flowers comparable whatever their order.
func sorted(flowers []Flower) []string {
	var lines []string
	for _, f := range flowers {
		lines = append(lines, fmt.Sprint(f))
	}
	slices.Sort(lines)
	return lines
}

func TestSplitFollowsTheSeed(t *testing.T) {
	flowers := readIris(t)
	_, one, _ := Split(flowers, 20, 1)
	_, same, _ := Split(flowers, 20, 1)
	_, other, _ := Split(flowers, 20, 2)
	if !reflect.DeepEqual(one, same) {
		t.Error("the same seed gives two divisions")
	}
	if reflect.DeepEqual(one, other) {
		t.Error("two seeds give the same division")
	}
}

func TestSplitRefusesWhatLeavesNothing(t *testing.T) {
	flowers := readIris(t)
	for _, heldOut := range []int{-1, 0, 50, 51} {
		if _, _, err := Split(flowers, heldOut, 1); err == nil {
			t.Errorf("%d flowers of each species are held out", heldOut)
		}
	}
}

func TestWrongDataIsRefused(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"empty":           {"", "line 1"},
		"short head":      {"1,4\n", "got 2 fields"},
		"no number":       {"many,4,a\n", `"many"`},
		"measures":        {"1,5,a\n1,2,3,4,0\n", `"5" is not the number of measures`},
		"too few":         {"2,4,a\n1,2,3,4,0\n", "announces 2 flowers, but 1 follow"},
		"unknown species": {"1,4,a\n1,2,3,4,1\n", `line 2: "1" is not the number of one of the 1 species`},
		"missing measure": {"1,4,a\n1,,3,4,0\n", `line 2: sepal_width "" is not a length`},
		"not a number":    {"1,4,a\n1,NaN,3,4,0\n", `"NaN" is not a length`},
		"short line":      {"1,4,a\n1,2,3,4\n", "wrong number of fields"},
	} {
		if _, err := ReadPublished(strings.NewReader(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", name, err, test.want)
		}
	}
	head := strings.Join(tableHead(), ",") + "\n"
	for name, text := range map[string]string{"head": "a,b,c,d,e\n", "no flowers": head, "measure": head + "1,2,3,-4,x\n"} {
		if _, err := ReadTable(strings.NewReader(text)); err == nil {
			t.Errorf("%s: a wrong table is read", name)
		}
	}
}
