package kube

import (
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
)

// RedirectClientLog sends what client-go logs, which otherwise goes to stderr in a form of its own, to a function; a
// line each, and each warning of the API server once. It is for main to call, once.
func RedirectClientLog(write func(line string)) {
	klog.LogToStderr(false)
	klog.SetOutput(lineWriter(write))
	rest.SetDefaultWarningHandler(rest.NewWarningWriter(lineWriter(write), rest.WarningWriterOptions{Deduplicate: true}))
}

type lineWriter func(string)

func (w lineWriter) Write(p []byte) (int, error) {
	if line := strings.TrimSpace(string(p)); line != "" {
		w(line)
	}
	return len(p), nil
}
