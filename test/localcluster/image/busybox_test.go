package image

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

func TestWrite(t *testing.T) {
	if _, err := os.Stat(Busybox); err != nil {
		t.Skip("needs busybox-static")
	}
	var first, second bytes.Buffer
	for _, archive := range []*bytes.Buffer{&first, &second} {
		if err := Write(t.Context(), archive); err != nil {
			t.Fatal(err)
		}
	}
	for _, reference := range All {
		digest := ""
		for _, archive := range []*bytes.Buffer{&first, &second} {
			tag, err := name.NewTag(reference)
			if err != nil {
				t.Fatal(err)
			}
			open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive.Bytes())), nil }
			img, err := tarball.Image(open, &tag)
			if err != nil {
				t.Fatalf("%s is not in the archive: %v", reference, err)
			}
			file, err := img.ConfigFile()
			if err != nil {
				t.Fatal(err)
			}
			if file.OS == "" || file.Architecture == "" {
				t.Errorf("%s has no platform, so containerd would not import it", reference)
			}
			hash, err := img.ConfigName()
			if err != nil {
				t.Fatal(err)
			}
			if digest != "" && digest != hash.String() {
				t.Errorf("%s is another image when it is made again", reference)
			}
			digest = hash.String()
		}
	}
}
