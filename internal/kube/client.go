package kube

import (
	"fmt"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
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
