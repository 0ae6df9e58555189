package kube

import (
	"strings"

	"github.com/go-logr/logr/funcr"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
)

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
