package usage

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name      string
		log       string
		wantTotal int64
		wantBytes int64
		wantErr   error
	}{
		{
			name: "among step lines and other lines of the transcript",
			log: "s-01 | {\"msg\":\"driver ends\",\"requests\":{\"create_pods\":99}}\n" +
				`{"level":"info","msg":"event","step":"s-01"}` + "\n" +
				`{"level":"info","ts":1.5,"msg":"driver ends","requests":{"create_pods":20,"get_pods/log":21},"recordBytes":700,"maxRSSBytes":1,"cpuSeconds":0.5}` + "\n",
			wantTotal: 41,
			wantBytes: 700,
		},
		{
			name:      "the last of two, without a newline",
			log:       `{"msg":"floor ends","requests":{"list_pods":1}}` + "\n" + `{"msg":"floor ends","requests":{"list_pods":2}}`,
			wantTotal: 2,
		},
		{name: "empty", log: "", wantErr: ErrNoLine},
		{name: "another message", log: `{"msg":"driver begins","requests":{}}` + "\n", wantErr: ErrNoLine},
		{name: "without requests", log: `{"msg":"driver ends"}` + "\n", wantErr: ErrNoLine},
		{name: "cut short", log: `{"msg":"driver ends","requests":{"create`, wantErr: ErrNoLine},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse(strings.NewReader(tt.log))
			if !errors.Is(err, tt.wantErr) {
				t.Fatalf("got error %v, want %v", err, tt.wantErr)
			}
			if got.Total() != tt.wantTotal || got.RecordBytes != tt.wantBytes {
				t.Errorf("got %d requests and %d bytes, want %d and %d", got.Total(), got.RecordBytes, tt.wantTotal, tt.wantBytes)
			}
		})
	}
}

func TestParseOfABrokenLog(t *testing.T) {
	_, err := Parse(io.MultiReader(strings.NewReader(`{"msg":"driver ends","requests":{}}`+"\n"), iotest.ErrReader(io.ErrUnexpectedEOF)))
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got error %v, want %v", err, io.ErrUnexpectedEOF)
	}
}

func TestEndsTellsOfThisProcess(t *testing.T) {
	got, err := Ends("floor", &Counter{counts: map[string]int64{"create_pods": 3}, recordBytes: 7})
	if err != nil {
		t.Fatal(err)
	}
	if got.Msg != "floor ends" || got.Total() != 3 || got.RecordBytes != 7 {
		t.Errorf("got %q with %d requests and %d bytes of the record, want %q with 3 and 7", got.Msg, got.Total(), got.RecordBytes, "floor ends")
	}
	// A Go process with its tests is larger than 1 MiB, and has used some CPU and less than an hour of it.
	if got.MaxRSSBytes < 1<<20 || got.CPUSeconds <= 0 || got.CPUSeconds > 3600 {
		t.Errorf("got %d bytes and %g s, which cannot be", got.MaxRSSBytes, got.CPUSeconds)
	}
}

func TestCounter(t *testing.T) {
	tests := []struct{ method, url, want string }{
		{"POST", "/api/v1/namespaces/n/pods", "create_pods"},
		{"GET", "/api/v1/namespaces/n/pods?labelSelector=a%3Db&limit=500", "list_pods"},
		{"GET", "/api/v1/namespaces/n/pods?watch=true&resourceVersion=7", "watch_pods"},
		{"GET", "/api/v1/namespaces/n/pods/p", "get_pods"},
		{"GET", "/api/v1/namespaces/n/pods/p/log?follow=true", "get_pods/log"},
		{"DELETE", "/api/v1/namespaces/n/pods/p", "delete_pods"},
		{"PUT", "/api/v1/namespaces/n/configmaps/c", "update_configmaps"},
		{"GET", "/api/v1/namespaces/n/configmaps/c", "get_configmaps"},
		{"PATCH", "/apis/batch/v1/namespaces/n/jobs/j", "patch_jobs"},
		{"GET", "/version", "GET_/version"},
		{"GET", "/api/v1/namespaces/n", "GET_/api/v1/namespaces/n"},
	}
	var counter Counter
	passed := 0
	transport := counter.Wrap(roundTripper(func(*http.Request) (*http.Response, error) {
		passed++
		return nil, nil
	}))
	for _, tt := range tests {
		if _, err := transport.RoundTrip(httptest.NewRequest(tt.method, tt.url, body(tt.method))); err != nil {
			t.Fatal(err)
		}
	}
	got := counter.Counts()
	for _, tt := range tests {
		if got[tt.want] != 1 {
			t.Errorf("%s %s: got %d of %s, want 1", tt.method, tt.url, got[tt.want], tt.want)
		}
	}
	if want := int64(len("12345")); counter.RecordBytes() != want {
		t.Errorf("got %d bytes of the record, want %d: those of the one write of a ConfigMap", counter.RecordBytes(), want)
	}
	if passed != len(tests) || len(got) != len(tests) {
		t.Errorf("got %d requests passed on and %d kinds, want %d of both", passed, len(got), len(tests))
	}
}

// body is 5 bytes for what writes.
func body(method string) io.Reader {
	if method == http.MethodGet || method == http.MethodDelete {
		return nil
	}
	return strings.NewReader("12345")
}
