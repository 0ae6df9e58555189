package v1alpha1

import "testing"

func TestCleanName(t *testing.T) {
	for _, tt := range []struct{ name, want string }{
		{"load", "load"}, {"Load.Data", "load-data"}, {"a_b", "a-b"}, {"_x_", "x"}, {"train[3]", "train-3"}, {"é", ""}, {"", ""}, {"A--b", "a--b"},
	} {
		if got := CleanName(tt.name); got != tt.want {
			t.Errorf("CleanName(%q) = %q, want %q", tt.name, got, tt.want)
		}
	}
}
