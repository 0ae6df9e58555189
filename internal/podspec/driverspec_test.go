package podspec

import "testing"

func TestTagOf(t *testing.T) {
	for image, want := range map[string]string{
		"ghcr.io/stepherd/driver:v0.1.0":               "v0.1.0",
		"localhost:5000/driver":                        "",
		"localhost:5000/driver:v0.2.0":                 "v0.2.0",
		"driver":                                       "",
		"driver:latest":                                "latest",
		"ghcr.io/stepherd/driver:v0.1.0@sha256:abcdef": "",
	} {
		if got := tagOf(image); got != want {
			t.Errorf("%s: got %q, want %q", image, got, want)
		}
	}
}

func TestFitDriver(t *testing.T) {
	for _, row := range []struct{ name, image, needed, key, want string }{
		{"older", "x/driver:v0.1.0", "v0.2.0", "ttl", "driver image x/driver:v0.1.0 is too old for the pipeline's key ttl, which needs driver v0.2.0 or later: set driver.image or --driver-image to one, or leave both out"},
		{"the same", "x/driver:v0.2.0", "v0.2.0", "ttl", ""},
		{"a digest", "x/driver:v0.1.0@sha256:abc", "v0.2.0", "ttl", ""},
		{"a word", "x/driver:stable", "v0.2.0", "ttl", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := ""
			if err := fitDriver(row.image, row.needed, row.key); err != nil {
				got = err.Error()
			}
			if got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}
