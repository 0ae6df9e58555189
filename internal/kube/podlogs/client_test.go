package podlogs

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/stepherd/stepherd/internal/kube"
)

// TestLogsHaveTheirOwnConnection: logs that are not read neither stop other calls nor are buffered without end.
func TestLogsHaveTheirOwnConnection(t *testing.T) {
	var sent atomic.Int64
	var mu sync.Mutex
	connections := map[string]string{} // what was asked on each
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		connections[r.RemoteAddr] += r.URL.Path + " "
		mu.Unlock()
		if r.ProtoMajor != 2 {
			t.Errorf("%s over %s", r.URL.Path, r.Proto)
		}
		if !strings.HasSuffix(r.URL.Path, "/log") {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p"}}`)
			return
		}
		chunk := []byte(strings.Repeat("x", 1023) + "\n")
		for range 1 << 10 { // 1 MiB
			n, err := w.Write(chunk)
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	config := kube.WithDefaults(&rest.Config{Host: server.URL, TLSClientConfig: rest.TLSClientConfig{Insecure: true, NextProtos: []string{"h2"}}}, "test")
	client, err := kube.NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	logClient, err := NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.CoreV1().Pods("ns").Get(t.Context(), "p", metav1.GetOptions{}); err != nil {
		t.Fatal(err)
	}
	var streams []io.ReadCloser
	for range 20 {
		stream, err := New(logClient.CoreV1(), "ns").Open(t.Context(), "p", "main", time.Time{}, true)
		if err != nil {
			t.Fatal(err)
		}
		defer stream.Close()
		if _, err := bufio.NewReaderSize(stream, 1024).ReadByte(); err != nil {
			t.Fatal(err)
		}
		streams = append(streams, stream)
	}
	// The window is full long before the server has sent all.
	if _, err := client.CoreV1().Pods("ns").Get(t.Context(), "p", metav1.GetOptions{}); err != nil {
		t.Fatal(err)
	}
	if got, limit := sent.Load(), int64(len(streams)*(LogStreamBuffer+64<<10)); got > limit {
		t.Errorf("%d bytes were sent to readers that do not read, want at most %d", got, limit)
	}
	for _, stream := range streams {
		stream.Close()
	}
	mu.Lock()
	defer mu.Unlock()
	if len(connections) != 2 {
		t.Errorf("connections %v, want one for logs and one for all else", connections)
	}
	for _, asked := range connections {
		if strings.Contains(asked, "/log ") && strings.Contains(asked, "/p ") {
			t.Errorf("one connection for %s", asked)
		}
	}
}
