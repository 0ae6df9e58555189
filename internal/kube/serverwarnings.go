package kube

import (
	"context"
	"sync"

	"k8s.io/client-go/rest"
)

// OnWarning has warn called with every warning that the API server sends and that no call collects, from several goroutines at
// once. about is what the call was about; empty where that is not worth saying.
func OnWarning(config *rest.Config, warn func(about, text string)) {
	config.WarningHandler = nil
	config.WarningHandlerWithContext = warnings(warn)
}

type warnings func(about, text string)

// HandleWarningHeaderWithContext takes those that are meant for people: code 299.
func (w warnings) HandleWarningHeaderWithContext(ctx context.Context, code int, _ string, text string) {
	if code != 299 || text == "" {
		return
	}
	if c, ok := ctx.Value(collectorKey{}).(*WarningList); ok {
		c.add(text)
		return
	}
	about, _ := ctx.Value(aboutKey{}).(string)
	w(about, text)
}

type (
	collectorKey struct{}
	aboutKey     struct{}
)

// WarningList keeps the warnings of one call.
type WarningList struct {
	mu    sync.Mutex
	texts []string
}

func (c *WarningList) add(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.texts = append(c.texts, text)
}

// All returns the warnings that came, in order.
func (c *WarningList) All() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.texts
}

// CollectWarnings is a context whose calls' warnings go to the collector alone.
func CollectWarnings(ctx context.Context) (context.Context, *WarningList) {
	c := &WarningList{}
	return context.WithValue(ctx, collectorKey{}, c), c
}

// WarningAbout is a context whose calls' warnings are about something.
func WarningAbout(ctx context.Context, about string) context.Context {
	return context.WithValue(ctx, aboutKey{}, about)
}
