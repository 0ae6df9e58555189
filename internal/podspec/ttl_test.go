package podspec

import (
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/validate"
)

func TestTTL(t *testing.T) {
	for _, row := range []struct {
		name string
		ttl  time.Duration // 0: not set
		want int32
	}{
		{"default", 0, 604_800},
		{"the least", time.Minute, 60},
		{"part of a second", 90*time.Second + time.Millisecond, 91},
		{"the most", 365 * 24 * time.Hour, 31_536_000},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := onePipeline(v1alpha1.Settings{})
			if row.ttl > 0 {
				ttl := v1alpha1.Duration(row.ttl)
				p.TTL = &ttl
			}
			if problems := validate.Pipeline(p); len(problems) > 0 {
				t.Fatal(problems)
			}
			job, err := DriverJob(p, JobOptions{DriverImage: goldenImage})
			if err != nil {
				t.Fatal(err)
			}
			if got := *job.Spec.TTLSecondsAfterFinished; got != row.want {
				t.Errorf("got %d, want %d", got, row.want)
			}
		})
	}
}
