package kubetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// Server is the API server. The zero value is not usable; use New.
type Server struct {
	mu      sync.Mutex
	version int
	uids    int
	objects map[key]object
	history []change
	// oldest is the first version whose changes are still in history.
	oldest  int
	changed chan struct{} // closed and replaced at each change
	cut     chan struct{} // closed and replaced to break all watches

	intercept func(*http.Request) (*http.Response, error)
	requests  []string
}

type key struct{ resource, namespace, name string }

// object is an object as JSON.
type object map[string]any

type change struct {
	version int
	kind    string // ADDED, MODIFIED, DELETED
	key     key
	object  object
}

// New is an empty cluster.
func New() *Server {
	return &Server{
		objects: map[key]object{}, changed: make(chan struct{}), cut: make(chan struct{}), version: 100, oldest: 100,
	}
}

// Client is a client of this server, with the real client-go in between.
func (s *Server) Client() kubernetes.Interface {
	config := &rest.Config{Host: "http://kubetest", QPS: -1}
	config.ContentType, config.AcceptContentTypes = "application/json", "application/json"
	client, err := kubernetes.NewForConfigAndClient(config, &http.Client{Transport: s})
	if err != nil {
		panic("kubetest: " + err.Error())
	}
	return client
}

// Fail sets what may answer a request in the server's stead; it gives nil and nil for requests that it lets pass. It may
// also use Serve and throw the answer away: a call that was done and whose answer was lost.
func (s *Server) Fail(f func(*http.Request) (*http.Response, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercept = f
}

// Intercept is Fail for those who have answers only.
func (s *Server) Intercept(f func(*http.Request) *http.Response) {
	if f == nil {
		s.Fail(nil)
		return
	}
	s.Fail(func(r *http.Request) (*http.Response, error) { return f(r), nil })
}

// Requests are the calls so far, like `GET pods` or `WATCH jobs`.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.requests...)
}

// CutWatches ends all watches without a word.
func (s *Server) CutWatches() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.cut)
	s.cut = make(chan struct{})
}

// Forget ends the history: a watch from an earlier version is answered by 410.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	s.oldest, s.history = s.version, nil
}

// Bookmark tells the watches of Pods that they have seen all up to now, as the server does now and then.
func (s *Server) Bookmark(namespace string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	s.tell(change{s.version, "BOOKMARK", key{"pods", namespace, ""}, object{
		"kind": "Pod", "apiVersion": "v1", "metadata": map[string]any{"resourceVersion": strconv.Itoa(s.version)},
	}})
}

// Set changes an object as its other writers do (a kubelet, a user), and gives its version.
func (s *Server) Set(resource, namespace, name string, f func(object map[string]any)) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := key{resource, namespace, name}
	o, ok := s.objects[k]
	if !ok {
		panic(fmt.Sprintf("kubetest: no %s %s", resource, name))
	}
	o = clone(o)
	f(o)
	return s.store("MODIFIED", k, o)
}

// Remove takes an object away at once, as the garbage collector or a kubelet does in the end.
func (s *Server) Remove(resource, namespace, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(key{resource, namespace, name})
}

// Get gives an object, or nil.
func (s *Server) Get(resource, namespace, name string) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o, ok := s.objects[key{resource, namespace, name}]; ok {
		return clone(o)
	}
	return nil
}

// Names are the names of all objects of a resource in a namespace, in order.
func (s *Server) Names(resource, namespace string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for k := range s.objects {
		if k.resource == resource && k.namespace == namespace {
			names = append(names, k.name)
		}
	}
	slices.Sort(names)
	return names
}

// store puts an object where it belongs, with a new version, and tells the watches.
func (s *Server) store(kind string, k key, o object) string {
	s.version++
	o.meta()["resourceVersion"] = strconv.Itoa(s.version)
	s.objects[k] = o
	s.tell(change{s.version, kind, k, clone(o)})
	return strconv.Itoa(s.version)
}

func (s *Server) remove(k key) {
	o, ok := s.objects[k]
	if !ok {
		return
	}
	delete(s.objects, k)
	s.version++
	o = clone(o)
	o.meta()["resourceVersion"] = strconv.Itoa(s.version)
	s.tell(change{s.version, "DELETED", k, o})
}

func (s *Server) tell(c change) {
	s.history = append(s.history, c)
	close(s.changed)
	s.changed = make(chan struct{})
}

func (o object) meta() map[string]any {
	m, ok := o["metadata"].(map[string]any)
	if !ok {
		m = map[string]any{}
		o["metadata"] = m
	}
	return m
}

// matches reports whether an object is selected by equality of labels and by metadata.name.
func (o object) matches(labels, fields string) bool {
	set, _ := o.meta()["labels"].(map[string]any)
	for _, want := range strings.FieldsFunc(labels, func(r rune) bool { return r == ',' }) {
		name, value, _ := strings.Cut(want, "=")
		if got, ok := set[name]; !ok || got != value {
			return false
		}
	}
	name, ok := strings.CutPrefix(fields, "metadata.name=")
	return !ok || o.meta()["name"] == name
}

func clone(o object) object {
	data, err := json.Marshal(o)
	if err != nil {
		panic("kubetest: " + err.Error())
	}
	var out object
	if err := json.Unmarshal(data, &out); err != nil {
		panic("kubetest: " + err.Error())
	}
	return out
}

// birth gives a new object what the server gives it.
func (s *Server) birth(o object, namespace string) {
	s.uids++
	m := o.meta()
	m["namespace"] = namespace
	m["uid"] = fmt.Sprintf("uid-%d", s.uids)
	m["creationTimestamp"] = metav1.NewTime(time.Now()).UTC().Format(time.RFC3339)
}
