package client_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
)

// TestSentencesOfSeveral: each error is a sentence, those first that another try would meet again; that the cluster cannot be asked
// is told once.
func TestSentencesOfSeveral(t *testing.T) {
	const (
		right  = `you may not list pods in namespace "ml"; ask an administrator to install the Roles there (launcher rbac -n ml | kubectl apply -f -) and to bind stepherd-user to you`
		away   = "the cluster cannot be asked: dial tcp 192.0.2.1:6443: i/o timeout"
		denied = `the cluster cannot do that now: the admission webhook "w" denies it for now (busy); try again later, or ask whoever runs that webhook`
	)
	timeout := func(port string) error {
		return &launchtest.Error{Kind: launchtest.Weather, Text: "dial tcp 192.0.2.1:" + port + ": i/o timeout"}
	}
	busy := &launchtest.Error{Kind: launchtest.WebhookBusy, Webhook: "w", Text: "busy"}
	mayNot := launchtest.MayNot("list", "pods", "ml")
	for _, tc := range []struct {
		name string
		err  error
		want string
	}{
		{"one", errs.Join(mayNot), right},
		{"a right, behind what passes", errs.Join(timeout("6443"), busy, mayNot), right + "\n" + denied + "\n" + away},
		{"one cluster that is away", errs.Join(timeout("6443"), timeout("6444")), away},
		{"a sentence already", errs.Join(mayNot, client.ErrInterrupted), right + "\ninterrupted"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := &client.Client{Namespace: "ml", Where: "the cluster", Hints: client.Hints{Program: "launcher", Flags: []string{"-n", "ml"}}, Err: &bytes.Buffer{}}
			err := c.Sentence(tc.err)
			if err == nil || err.Error() != tc.want {
				t.Errorf("got\n%v\nwant\n%s", err, tc.want)
			}
			if tc.name != "one" && !errors.As(err, new(*launchtest.Error)) {
				t.Error("the cause is gone")
			}
		})
	}
	if err := (&client.Client{}).Sentence(nil); err != nil {
		t.Errorf("of nothing: %v", err)
	}
}
