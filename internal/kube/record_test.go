package kube

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/kube/kubetest"
)

func recordOn(server *kubetest.Server, holder string) *Record {
	return NewRecord(server.Client().CoreV1().RESTClient(), RunRef{Namespace: "ns", Name: "run", UID: uid}, "iris", holder)
}

func recordHead(n int) record.Head {
	now := metav1.Now()
	return record.Head{Version: record.Version, Phase: v1alpha1.RunRunning, StartedAt: &now, StepCount: n}
}

// recordWith is a record of n steps, with a message on the first that tells one write from another.
func recordWith(n int, message string) record.Record {
	r := record.Record{Head: recordHead(n), Steps: make([]v1alpha1.StepStatus, n)}
	for i := range r.Steps {
		r.Steps[i] = v1alpha1.StepStatus{Name: fmt.Sprintf("s%d", i), Phase: v1alpha1.StepSucceeded, Message: message}
	}
	return r
}

func take(t *testing.T, r *Record, n int) record.Record {
	t.Helper()
	got, err := r.Take(t.Context(), recordHead(n))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// loseAnswer lets the next call of a kind be done, and loses its answer.
func loseAnswer(server *kubetest.Server, verb string) {
	server.Fail(func(r *http.Request) (*http.Response, error) {
		if kubetest.Verb(r) != verb {
			return nil, nil
		}
		server.Fail(nil)
		server.Serve(r)
		return nil, errors.New("connection reset")
	})
}

func passes(t *testing.T, err error) {
	t.Helper()
	var lost *LostError
	var foreign *ForeignError
	if err == nil || errors.As(err, &lost) || errors.As(err, &foreign) {
		t.Fatalf("got %v, want an error that passes", err)
	}
}

func TestRecordObjects(t *testing.T) {
	server := kubetest.New()
	d1 := recordOn(server, "d1")
	n := record.StepsPerPiece + 1
	take(t, d1, n)
	written, err := d1.Save(t.Context(), recordWith(n, "m"), []int{0, 1})
	if err != nil {
		t.Fatal(err)
	}
	for k, name := range []string{"run-record", "run-record-1"} {
		cm, err := server.Client().CoreV1().ConfigMaps("ns").Get(t.Context(), name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		labels := map[string]string{
			"app.kubernetes.io/managed-by": "stepherd", "app.kubernetes.io/component": "record",
			"stepherd.dev/pipeline": "iris", "stepherd.dev/run": "run", "stepherd.dev/run-uid": uid,
		}
		for key, value := range labels {
			if cm.Labels[key] != value {
				t.Errorf("%s: label %s=%s", name, key, cm.Labels[key])
			}
		}
		if ref := cm.OwnerReferences; len(ref) != 1 || ref[0].Kind != "Job" || ref[0].Name != "run" || string(ref[0].UID) != uid {
			t.Errorf("%s: owners %+v", name, ref)
		}
		if head, told := record.HeadFromAnnotations(cm.Annotations); told != (k == 0) || told && head.Phase != v1alpha1.RunRunning {
			t.Errorf("%s says %v of its run", name, cm.Annotations)
		}
		if _, head := cm.Data[record.HeadKey]; head != (k == 0) || len(cm.BinaryData[record.StepsKey]) == 0 {
			t.Errorf("%s holds %v", name, cm.Data)
		}
		written -= cm.Size()
	}
	// What the server adds is about 300 bytes a piece.
	if written > 0 || written < -2*400 {
		t.Errorf("the bytes that Save counted are off by %d", written)
	}
}

// TestRecordWritesHeadLast: where a verdict is, all else is, too.
func TestRecordWritesHeadLast(t *testing.T) {
	server := kubetest.New()
	d1 := recordOn(server, "d1")
	take(t, d1, 200)
	before := len(server.Requests())
	if _, err := d1.Save(t.Context(), recordWith(200, "m"), []int{0, 1}); err != nil {
		t.Fatal(err)
	}
	want(t, server.Requests()[before:], "GET configmaps", "POST configmaps", "PUT configmaps")
}

func TestRecordLostAnswers(t *testing.T) {
	t.Run("of the first write", func(t *testing.T) {
		server := kubetest.New()
		d1 := recordOn(server, "d1")
		loseAnswer(server, "POST configmaps")
		_, err := d1.Take(t.Context(), recordHead(1))
		passes(t, err)
		take(t, d1, 1)
	})
	t.Run("of taking", func(t *testing.T) {
		server := kubetest.New()
		take(t, recordOn(server, "d1"), 1)
		d2 := recordOn(server, "d2")
		loseAnswer(server, "PUT configmaps")
		_, err := d2.Take(t.Context(), recordHead(1))
		passes(t, err)
		take(t, d2, 1)
	})
	t.Run("of an update", func(t *testing.T) {
		server := kubetest.New()
		d1 := recordOn(server, "d1")
		take(t, d1, 1)
		loseAnswer(server, "PUT configmaps")
		_, err := d1.Save(t.Context(), recordWith(1, "first"), []int{0})
		passes(t, err)
		_, err = d1.Save(t.Context(), recordWith(1, "second"), []int{0})
		passes(t, err) // the version that we know is old; ours is the newer
		if _, err = d1.Save(t.Context(), recordWith(1, "second"), []int{0}); err != nil {
			t.Error(err)
		}
		if got := take(t, recordOn(server, "d2"), 1); got.Steps[0].Message != "second" {
			t.Errorf("the record says %q", got.Steps[0].Message)
		}
	})
	t.Run("of a further piece", func(t *testing.T) {
		server := kubetest.New()
		d1 := recordOn(server, "d1")
		take(t, d1, 200)
		loseAnswer(server, "POST configmaps")
		_, err := d1.Save(t.Context(), recordWith(200, "m"), []int{1})
		passes(t, err)
		// The name is taken, by what was to be written.
		if _, err = d1.Save(t.Context(), recordWith(200, "m"), []int{1}); err != nil {
			t.Error(err)
		}
	})
}

// TestRecordTakenMidway: a driver that is overtaken while it takes the record takes it again; the last one wins.
func TestRecordTakenMidway(t *testing.T) {
	server := kubetest.New()
	take(t, recordOn(server, "d1"), 1)
	d2, d3 := recordOn(server, "d2"), recordOn(server, "d3")
	server.Fail(func(r *http.Request) (*http.Response, error) {
		if kubetest.Verb(r) == "PUT configmaps" {
			server.Fail(nil)
			take(t, d3, 1)
		}
		return nil, nil
	})
	_, err := d2.Take(t.Context(), recordHead(1))
	passes(t, err)
	take(t, d2, 1)
	var lost *LostError
	if err := d3.Check(t.Context()); !errors.As(err, &lost) || lost.Holder != "d2" {
		t.Errorf("got %v", err)
	}
}

// TestRecordOverwrittenByHand: somebody edits the ConfigMap; it is ours still.
func TestRecordOverwrittenByHand(t *testing.T) {
	server := kubetest.New()
	d1 := recordOn(server, "d1")
	take(t, d1, 1)
	server.Set("configmaps", "ns", "run-record", func(o map[string]any) {
		o["metadata"].(map[string]any)["annotations"] = map[string]any{"by": "hand"}
	})
	_, err := d1.Save(t.Context(), recordWith(1, "m"), []int{0})
	passes(t, err)
	if _, err := d1.Save(t.Context(), recordWith(1, "m"), []int{0}); err != nil {
		t.Error(err)
	}
}

func TestRecordCannotBeHad(t *testing.T) {
	stranger := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
		Name: "run-record", OwnerReferences: []metav1.OwnerReference{{APIVersion: "batch/v1", Kind: "Job", Name: "run", UID: "older"}},
	}}
	ours := func(data map[string]string, steps []byte) *corev1.ConfigMap {
		return &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{
				Name: "run-record", Labels: map[string]string{v1alpha1.LabelRunUID: uid},
				OwnerReferences: []metav1.OwnerReference{{APIVersion: "batch/v1", Kind: "Job", Name: "run", UID: uid}},
			},
			Data: data, BinaryData: map[string][]byte{record.StepsKey: steps},
		}
	}
	unlabelled := ours(nil, nil)
	unlabelled.Labels = nil
	encode := func(h record.Head) map[string]string {
		b, err := record.EncodeHead(h)
		if err != nil {
			t.Fatal(err)
		}
		return map[string]string{record.HeadKey: string(b)}
	}
	short, err := record.EncodePiece([]v1alpha1.StepStatus{{Name: "a"}})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		there *corev1.ConfigMap
		says  string
	}{
		{"a stranger's", stranger, "configmap run-record, which is to hold the record of run run, belongs to Job run (UID older): delete it, or submit the run under another name"},
		{"ours without its label", unlabelled, "has lost its label stepherd.dev/run-uid=" + uid + ": put it back"},
		{"no head", ours(nil, nil), "cannot be read"},
		{"cut head", ours(map[string]string{record.HeadKey: `{"version":1,"pha`}, nil), "cannot be read"},
		{"cut steps", ours(encode(recordHead(1)), short[:len(short)/2]), "cannot be read"},
		{"other steps", ours(encode(recordHead(3)), short), "it holds 1 steps instead of 3; delete the run and submit it again"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := kubetest.New()
			if _, err := server.Client().CoreV1().ConfigMaps("ns").Create(t.Context(), tt.there, metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
			_, err := recordOn(server, "d1").Take(t.Context(), recordHead(1))
			var foreign *ForeignError
			if !errors.As(err, &foreign) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestRecordNameOnItsWayOut: the record of a former run of the same name is waited for.
func TestRecordNameOnItsWayOut(t *testing.T) {
	server := kubetest.New()
	older := NewRecord(server.Client().CoreV1().RESTClient(), RunRef{Namespace: "ns", Name: "run", UID: "older"}, "iris", "d0")
	if _, err := older.Take(t.Context(), recordHead(1)); err != nil {
		t.Fatal(err)
	}
	server.Set("configmaps", "ns", "run-record", func(o map[string]any) {
		o["metadata"].(map[string]any)["deletionTimestamp"] = "2031-01-02T03:04:05Z"
	})
	d1 := recordOn(server, "d1")
	_, err := d1.Take(t.Context(), recordHead(1))
	passes(t, err)
	server.Remove("configmaps", "ns", "run-record")
	take(t, d1, 1)
}

func TestRecordInBadWeather(t *testing.T) {
	server := kubetest.New()
	d1 := recordOn(server, "d1")
	take(t, d1, 1)
	calls := map[string]func(context.Context) error{
		"take":  func(ctx context.Context) error { _, err := d1.Take(ctx, recordHead(1)); return err },
		"save":  func(ctx context.Context) error { _, err := d1.Save(ctx, recordWith(1, "m"), []int{0}); return err },
		"check": d1.Check,
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			n := 0
			server.Fail(func(*http.Request) (*http.Response, error) { n++; return kubetest.TooMany(1), nil })
			passes(t, call(t.Context()))
			if n != 1 {
				t.Errorf("%d calls, want 1", n)
			}
			server.Fail(nil)
			if err := call(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestRecordLeftBehind: a former run's record that is the garbage collector's is waited for, and one that will not be
// collected, because that run was deleted with --cascade=orphan, is written over.
func TestRecordLeftBehind(t *testing.T) {
	server := kubetest.New()
	older := NewRecord(server.Client().CoreV1().RESTClient(), RunRef{Namespace: "ns", Name: "run", UID: "older"}, "iris", "d0")
	n := record.StepsPerPiece + 1
	take(t, older, n)
	if _, err := older.Save(t.Context(), recordWith(n, "old"), []int{0, 1}); err != nil {
		t.Fatal(err)
	}
	d1 := recordOn(server, "d1")
	_, err := d1.Take(t.Context(), recordHead(n))
	passes(t, err)
	for _, name := range []string{"run-record", "run-record-1"} {
		server.Set("configmaps", "ns", name, func(o map[string]any) { delete(o["metadata"].(map[string]any), "ownerReferences") })
	}
	if got := take(t, d1, n); len(got.Steps) != 0 {
		t.Errorf("took over %d steps of the former run", len(got.Steps))
	}
	rec := recordWith(n, "new")
	if _, err := d1.Save(t.Context(), rec, []int{0, 1}); err != nil {
		passes(t, err) // the second piece is found to be left behind, too
		if _, err := d1.Save(t.Context(), rec, []int{0, 1}); err != nil {
			t.Fatal(err)
		}
	}
	got := take(t, recordOn(server, "d2"), n)
	if len(got.Steps) != n || got.Steps[0].Message != "new" || got.Steps[n-1].Message != "new" {
		t.Errorf("the record holds %d steps, not the new ones alone", len(got.Steps))
	}
}

// TestRecordResultsObjects: results have ConfigMaps of their own, which are the run's like all others, are written before the
// steps, and not again when nothing is new.
func TestRecordResultsObjects(t *testing.T) {
	server := kubetest.New()
	d1 := recordOn(server, "d1")
	take(t, d1, 2)
	rec := recordWith(2, "m")
	rec.Steps[1].Results = map[string]v1alpha1.Value{"a": v1alpha1.Value(`"<1>"`)}
	for _, requests := range [][]string{{"GET configmaps", "POST configmaps", "PUT configmaps"}, {"PUT configmaps"}} {
		before := len(server.Requests())
		if _, err := d1.Save(t.Context(), rec, []int{0}); err != nil {
			t.Fatal(err)
		}
		want(t, server.Requests()[before:], requests...)
	}
	cm, err := server.Client().CoreV1().ConfigMaps("ns").Get(t.Context(), "run-record-results-0", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := cm.Data["results.jsonl"]; got != `{"step":"s1","attempt":0,"results":{"a":"<1>"}}`+"\n" {
		t.Errorf("it holds %q", got)
	}
	if ref := cm.OwnerReferences; len(ref) != 1 || ref[0].Kind != "Job" || string(ref[0].UID) != uid || cm.Labels["stepherd.dev/run-uid"] != uid || cm.Labels["app.kubernetes.io/component"] != "record" {
		t.Errorf("its owners are %+v, its labels %v", ref, cm.Labels)
	}
	if got := cm.Annotations["stepherd.dev/holder"]; got != "d1" {
		t.Errorf("its holder is %q", got)
	}
	take(t, recordOn(server, "d2"), 2)
	cm, err = server.Client().CoreV1().ConfigMaps("ns").Get(t.Context(), "run-record-results-0", metav1.GetOptions{})
	if err != nil || cm.Annotations["stepherd.dev/holder"] != "d2" {
		t.Errorf("the next driver has not taken it: %v, %v", cm.Annotations, err)
	}
}

// TestRecordResultsLostAnswer: an answer that is lost makes nothing be written twice.
func TestRecordResultsLostAnswer(t *testing.T) {
	server := kubetest.New()
	d1 := recordOn(server, "d1")
	take(t, d1, 1)
	rec := recordWith(1, "m")
	rec.Steps[0].Results = map[string]v1alpha1.Value{"a": v1alpha1.Value(`1`)}
	loseAnswer(server, "POST configmaps")
	_, err := d1.Save(t.Context(), rec, []int{0})
	passes(t, err)
	if _, err := d1.Save(t.Context(), rec, []int{0}); err != nil {
		t.Error(err)
	}
	got := take(t, recordOn(server, "d2"), 1)
	if string(got.Steps[0].Results["a"]) != "1" {
		t.Errorf("got %+v", got.Steps)
	}
}

// TestRecordResultsUnreadable: results that cannot be read are never taken for none.
func TestRecordResultsUnreadable(t *testing.T) {
	server := kubetest.New()
	d1 := recordOn(server, "d1")
	take(t, d1, 1)
	rec := recordWith(1, "m")
	rec.Steps[0].Results = map[string]v1alpha1.Value{"a": v1alpha1.Value(`1`)}
	if _, err := d1.Save(t.Context(), rec, []int{0}); err != nil {
		t.Fatal(err)
	}
	server.Set("configmaps", "ns", "run-record-results-0", func(o map[string]any) {
		o["data"] = map[string]any{"results.jsonl": `{"step":`}
	})
	var foreign *ForeignError
	if _, err := recordOn(server, "d2").Take(t.Context(), recordHead(1)); !errors.As(err, &foreign) || !strings.Contains(err.Error(), "line 1 is cut short") {
		t.Errorf("got %v", err)
	}
}
