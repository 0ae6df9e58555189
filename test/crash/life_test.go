//go:build cluster

package crash

import (
	"bytes"
	"context"
	"sync"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/rest"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/driver"
	"github.com/stepherd/stepherd/internal/driver/recorder"
	"github.com/stepherd/stepherd/internal/kube"
	"github.com/stepherd/stepherd/internal/podspec"
)

// life is one driver at work, from its start to its end.
type life struct {
	*mortal
	transcript transcript
	stdout     stdout
	ended      chan struct{}
	code       int // to be read after ended
}

// start starts a driver that meets its fate at one of its calls; it is wired as cmd/driver does it, but for the logs, which
// are the test's.
func (w *world) start(id podspec.Identity, plan string, f fate, at int) (*life, error) {
	l := &life{mortal: newMortal(f, at), ended: make(chan struct{})}
	l.stdout.dead = l.dead
	config := rest.CopyConfig(w.config)
	config.Wrap(l.wrap)
	client, err := kube.NewClient(config)
	if err != nil {
		return nil, err
	}
	ref := kube.RunRef{Namespace: id.Namespace, Name: id.Run, UID: id.RunUID}
	core, holder := client.CoreV1().RESTClient(), string(uuid.NewUUID())
	c := driver.Config{
		Plan: []byte(plan), Identity: id, Stdout: &l.stdout, Unread: func() int { return 0 }, Logger: l.transcript.logger(),
		Pods: kube.NewStepPods(core, ref),
		Mark: kube.NewJobMark(client.BatchV1().RESTClient(), ref),
		Logs: sayings{}, Warnings: kube.NewPodWarnings(client.CoreV1(), id.Namespace),
		Record: func(pipeline string) recorder.Record {
			return mortalRecord{kube.NewRecord(core, ref, pipeline, holder), l.mortal}
		},
	}
	go func() {
		defer close(l.ended)
		l.code = driver.Run(l.life, c)
	}()
	return l, nil
}

// wait waits for the driver's end; false if it had to be killed because it did not come to one.
func (l *life) wait(ctx context.Context) bool {
	select {
	case <-l.ended:
		return true
	case <-ctx.Done():
		l.die()
		<-l.ended
		return false
	}
}

// mortalRecord makes a dead driver stop at once. One whose context ends believes that it was told to go, and tries for 5 s
// to write its record; all these tries would end at the transport.
type mortalRecord struct {
	recorder.Record
	mortal *mortal
}

func (r mortalRecord) Take(ctx context.Context, head record.Head) (record.Record, error) {
	record, err := r.Record.Take(ctx, head)
	return record, r.last(err)
}

func (r mortalRecord) Save(ctx context.Context, record record.Record, pieces []int) (int, error) {
	n, err := r.Record.Save(ctx, record, pieces)
	return n, r.last(err)
}

func (r mortalRecord) Check(ctx context.Context) error { return r.last(r.Record.Check(ctx)) }

func (r mortalRecord) last(err error) error {
	if err != nil && r.mortal.dead() {
		return finalError{err}
	}
	return err
}

// finalError is an error of the record after which a driver leaves.
type finalError struct{ error }

func (finalError) Final() bool { return true }

// transcript is what a driver says, for when a test fails.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(p)
}

// Sync makes it a zapcore.WriteSyncer.
func (t *transcript) Sync() error { return nil }

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

func (t *transcript) logger() *zap.Logger {
	encoding := zap.NewProductionEncoderConfig()
	encoding.TimeKey, encoding.EncodeTime = "time", zapcore.RFC3339NanoTimeEncoder
	encoding.EncodeDuration = zapcore.StringDurationEncoder
	return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(encoding), t, zap.DebugLevel))
}
