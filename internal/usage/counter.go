package usage

import (
	"maps"
	"net/http"
	"strings"
	"sync"
)

// Counter counts the requests that go through it. Use: rest.Config.Wrap(counter.Wrap).
type Counter struct {
	mutex       sync.Mutex
	counts      map[string]int64
	recordBytes int64
}

// Wrap gives a transport that counts and passes on.
func (c *Counter) Wrap(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		c.add(r)
		return next.RoundTrip(r)
	})
}

// Counts is a copy of what was counted so far.
func (c *Counter) Counts() map[string]int64 {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	counts := map[string]int64{}
	maps.Copy(counts, c.counts)
	return counts
}

// RecordBytes are the bytes of the bodies that wrote ConfigMaps so far: a driver writes none but the record's.
func (c *Counter) RecordBytes() int64 {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.recordBytes
}

func (c *Counter) add(r *http.Request) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.counts == nil {
		c.counts = map[string]int64{}
	}
	k := kind(r)
	c.counts[k]++
	if strings.HasSuffix(k, "_configmaps") {
		c.recordBytes += max(r.ContentLength, 0)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip is the function.
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// kind is verb_resource of a request about namespaced objects, such as create_pods or get_pods/log; METHOD_path of any
// other.
func kind(r *http.Request) string {
	_, rest, ok := strings.Cut(r.URL.Path, "/namespaces/")
	if !ok {
		return r.Method + "_" + r.URL.Path
	}
	parts := strings.Split(rest, "/") // namespace, resource, name, sub-resource
	if len(parts) < 2 {
		return r.Method + "_" + r.URL.Path
	}
	resource := parts[1]
	if len(parts) > 3 {
		resource += "/" + parts[3]
	}
	return verb(r, len(parts) > 2) + "_" + resource
}

func verb(r *http.Request, named bool) string {
	switch r.Method {
	case http.MethodPost:
		return "create"
	case http.MethodPut:
		return "update"
	case http.MethodPatch:
		return "patch"
	case http.MethodDelete:
		return "delete"
	}
	watch := r.URL.Query().Get("watch")
	switch {
	case watch == "true" || watch == "1":
		return "watch"
	case named:
		return "get"
	}
	return "list"
}
