package suggest

import (
	"strings"
	"testing"
)

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"abc", "abc", 0}, {"abc", "abd", 1}, {"abc", "acb", 1}, {"abc", "xabc", 1}, {"kitten", "sitting", 3}, {"valuform", "valuefrom", 2}, {"ab", "wxyz", 4}} {
		if got := distance(tt.a, tt.b, 10); got != tt.want {
			t.Errorf("%s, %s: %d, want %d", tt.a, tt.b, got, tt.want)
		}
		if got := distance(tt.b, tt.a, 10); got != tt.want {
			t.Errorf("%s, %s: %d, want %d", tt.b, tt.a, got, tt.want)
		}
	}
	if got := distance("abcdef", "uvwxyz", 2); got != 3 {
		t.Errorf("above the limit: %d, want 3", got)
	}
}

func TestClosest(t *testing.T) {
	known := []string{"name", "needs", "command", "args", "settings", "nodeSelector"}
	for word, want := range map[string]string{
		"Name": "name", "nmae": "name", "comand": "command", "setting": "settings", "arg": "args", "node_selector": "nodeSelector",
		"x": "", "": "", "foo": "", "a": "", strings.Repeat("n", 1000): "",
	} {
		if got := Closest(word, known); got != want {
			t.Errorf("%.20s: %q, want %q", word, got, want)
		}
	}
}

func TestClosestTakesTheFirstOfEquals(t *testing.T) {
	if got := Closest("train-3", []string{"train-1", "train-2"}); got != "train-1" {
		t.Errorf("got %q", got)
	}
}

func TestDidYouMean(t *testing.T) {
	for word, want := range map[string]string{
		"trian": `; did you mean "train"?`, "tran": `; did you mean "train"?`, "evaluate!": `; did you mean "evaluate"?`, "xyz": "", "": "",
		strings.Repeat("q", 5000): "",
	} {
		if got := DidYouMean(word, []string{"load", "train", "evaluate"}); got != want {
			t.Errorf("DidYouMean(%.20q) = %q, want %q", word, got, want)
		}
	}
}
