package submit_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
	"github.com/stepherd/stepherd/internal/launch/submit"
)

// TestNoCheck asks nothing before the POST.
func TestNoCheck(t *testing.T) {
	b := launchtest.NewBench()
	b.Cluster.Namespace = "another"
	s := launchtest.Submission(t, "r")
	s.NoCheck = true
	if _, err := b.Submit(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(b.Cluster.Calls(), ", "); got != "create r" {
		t.Errorf("got %s", got)
	}
}

// TestLostAnswer: a POST whose answer was lost is sent again, and what it finds is ours only if this very call made it.
func TestLostAnswer(t *testing.T) {
	lost := &launchtest.Error{Kind: launchtest.LostAnswer, Text: "connection reset by peer"}
	away := &launchtest.Error{Kind: launchtest.Weather, Text: "connection reset"}
	refused := &launchtest.Error{Kind: launchtest.Unsent, Text: "connection refused"}
	for _, tc := range []struct {
		name    string
		answers []error // of the POSTs, in order; then all is well
		taken   bool
		creates int
		want    string // error
	}{
		{"no trouble", nil, false, 1, ""},
		{"the answer was lost", []error{lost}, false, 2, ""},
		{"the request was lost", []error{away, away}, false, 3, ""},
		{"the request, then the answer was lost", []error{away, lost}, false, 3, ""},
		{"another's run", nil, true, 1, `run "r" exists already in namespace "ml"; choose another --name or delete it: launcher delete r -n ml`},
		{"the request was lost, another's run", []error{away}, true, 2, `run "r" exists already in namespace "ml"; choose another --name or delete it: launcher delete r -n ml`},
		{"never", slices.Repeat([]error{away}, 100), false, 7,
			`the cluster has not answered (connection reset), so that it is not known whether run "r" was created; see: launcher get r -n ml`},
		{"no cluster", []error{refused}, false, 1, "the cluster cannot be asked: connection refused"},
		{"the answer was lost, and then the cluster", append([]error{lost}, slices.Repeat([]error{refused}, 3)...), false, 5, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := launchtest.NewBench()
				if tc.taken {
					b.Cluster.JobsByName["r"] = &batchv1.Job{ObjectMeta: metav1.ObjectMeta{
						ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "stepherd-launcher-another"}},
					}}
				}
				if tc.creates == 1 { // then it need not be asked whose run it is
					b.Cluster.Fail["Job"] = launchtest.MayNot("get", "jobs", "ml")
				}
				answers := tc.answers
				flaky := &flaky{Jobs: b.Create, answer: func() error {
					if len(answers) == 0 {
						return nil
					}
					err := answers[0]
					answers = answers[1:]
					return err
				}}
				b.Create = flaky
				s := launchtest.Submission(t, "r")
				s.NoCheck = true
				job, err := b.Submit(t.Context(), s)
				switch {
				case tc.want == "" && (err != nil || job.Name != "r" || job.UID == ""):
					t.Errorf("got %v, %v", job, err)
				case tc.want != "" && (err == nil || err.Error() != tc.want):
					t.Errorf("got %v, want %s", err, tc.want)
				}
				if flaky.creates != tc.creates {
					t.Errorf("%d POSTs, want %d", flaky.creates, tc.creates)
				}
			})
		})
	}
}

// TestInterruptedPost reports whether the run may exist.
func TestInterruptedPost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.NewBench()
		b.Cluster.Fail["CreateJob"] = &launchtest.Error{Kind: launchtest.Weather, Text: "connection reset"}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		s := launchtest.Submission(t, "r")
		s.NoCheck = true
		_, err := b.Submit(ctx, s)
		if client.ClassOf(err) != client.ClassDetached || !strings.Contains(err.Error(), "not known whether run \"r\" was created") {
			t.Errorf("got %v", err)
		}
	})
}

// flaky is a cluster whose answers to creates may be lost.
type flaky struct {
	submit.Jobs
	answer  func() error
	creates int
}

func (f *flaky) CreateJob(ctx context.Context, job *batchv1.Job, manager string, dryRun bool) (*batchv1.Job, error) {
	f.creates++
	err := f.answer()
	var lost *launchtest.Error
	if errors.As(err, &lost) && lost.Kind != launchtest.LostAnswer {
		return nil, err
	}
	created, createErr := f.Jobs.CreateJob(ctx, job, manager, dryRun)
	if err != nil {
		return nil, err
	}
	return created, createErr
}

// TestRunNames: made names are names, whatever the pipeline is called, and are not made twice.
func TestRunNames(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range []string{"iris", strings.Repeat("x", 63), "a-" + strings.Repeat("b", 61)} {
		for range 200 {
			p := launchtest.Chain(t)
			p.Metadata.Name = name
			job, err := submit.MakeJob(submit.Submission{Pipeline: p, DefaultDriverImage: "i"}, "ml")
			if err != nil {
				t.Fatal(err)
			}
			if bad := validation.IsDNS1123Label(job.Name); len(bad) > 0 || seen[job.Name] {
				t.Errorf("%q: %v, seen before: %v", job.Name, bad, seen[job.Name])
			}
			seen[job.Name] = true
		}
	}
}
