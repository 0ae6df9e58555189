package podspec

import (
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"
)

// TestArchiveJob holds the Job that reads an archive to a golden file.
func TestArchiveJob(t *testing.T) {
	p := loadCase(t, "archive")
	run, err := DriverJob(p, goldenJobOptions(p))
	if err != nil {
		t.Fatal(err)
	}
	run.UID = types.UID(goldenIdentity(p).RunUID)
	run.Labels["team"] = "x" // what an admission may have added
	if !HasArchive(run) {
		t.Fatal("the run has an archive")
	}
	before := run.DeepCopy()
	got := toYAML(t, ArchiveJob(run, ArchiveJobName(run.Name, "bcdfg"), `{"folder":"ml/x"}`))
	compareGolden(t, filepath.Join("testdata", "archive", "reader.yaml"), got)
	if toYAML(t, run) != toYAML(t, before) {
		t.Error("the run's own Job was changed")
	}
}

func TestNoArchive(t *testing.T) {
	p := loadCase(t, "minimal")
	run, err := DriverJob(p, goldenJobOptions(p))
	if err != nil || HasArchive(run) {
		t.Errorf("%v, or it has an archive", err)
	}
}

func TestArchiveJobName(t *testing.T) {
	for _, run := range []string{"a", strings.Repeat("a", 63), strings.Repeat("a", 51) + "-" + strings.Repeat("b", 11)} {
		name := ArchiveJobName(run, "bcdfg")
		if len(validation.IsDNS1123Label(name)) > 0 || !strings.HasSuffix(name, "-logs-bcdfg") || !strings.HasPrefix(name, run[:1]) {
			t.Errorf("%s: %s", run, name)
		}
	}
}
