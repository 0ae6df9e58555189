package kube

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-logr/logr/funcr"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
)

const (
	// CallTimeout bounds every call that is neither a watch nor a followed log.
	CallTimeout = 30 * time.Second
)

// WithDefaults is a copy of a configuration with what all our clients share: no client-side limit of requests (the server
// says 429 when it has enough), our name, protobuf on the wire.
func WithDefaults(cfg *rest.Config, userAgent string) *rest.Config {
	c := rest.CopyConfig(cfg)
	c.QPS, c.Burst = -1, -1
	c.UserAgent = userAgent
	c.ContentType = "application/vnd.kubernetes.protobuf"
	c.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	return c
}

// NewClient is a client for everything but logs. cfg comes from Tuned.
func NewClient(cfg *rest.Config) (kubernetes.Interface, error) {
	client, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("make a client for %s: %w", cfg.Host, err)
	}
	return client, nil
}

// RedirectClientLog sends what client-go logs, which otherwise goes to stderr in a form of its own, to a function; a
// line each, and each warning of the API server once. It is for main to call, once.
//
// It must be a logger of its own: with an output set, klog still writes errors to stderr as well (k8s.io/klog/v2/klog.go, output,
// stderrThreshold).
func RedirectClientLog(write func(line string)) {
	klog.SetLogger(funcr.New(func(_, args string) { write(args) }, funcr.Options{}))
	rest.SetDefaultWarningHandler(rest.NewWarningWriter(lineWriter(write), rest.WarningWriterOptions{Deduplicate: true}))
}

type lineWriter func(string)

func (w lineWriter) Write(p []byte) (int, error) {
	if line := strings.TrimSpace(string(p)); line != "" {
		w(line)
	}
	return len(p), nil
}
