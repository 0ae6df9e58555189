package kubetest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// RoundTrip makes the server an http.RoundTripper.
func (s *Server) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	q := parse(r)
	s.mu.Lock()
	s.requests = append(s.requests, q.verb+" "+q.key.resource)
	intercept := s.intercept
	s.mu.Unlock()
	if intercept != nil {
		answer, err := intercept(r)
		if r.Context().Err() != nil {
			return nil, r.Context().Err()
		}
		if answer != nil || err != nil {
			return answer, err
		}
	}
	return s.Serve(r), nil
}

// call is a request as the server understands it.
type call struct {
	verb string // GET, LIST, WATCH, POST, PUT, DELETE
	key  key
}

// parse reads the path: /api/v1/namespaces/NS/RESOURCE[/NAME] and the same under /apis/GROUP/VERSION.
func parse(r *http.Request) call {
	_, rest, _ := strings.Cut(r.URL.Path, "/namespaces/")
	parts := append(strings.Split(rest, "/"), "", "")
	c := call{verb: r.Method, key: key{resource: parts[1], namespace: parts[0], name: parts[2]}}
	if r.Method == http.MethodGet && c.key.name == "" {
		c.verb = "LIST"
		if r.URL.Query().Get("watch") != "" && r.URL.Query().Get("watch") != "false" {
			c.verb = "WATCH"
		}
	}
	return c
}

// Verb names a request as Requests does.
func Verb(r *http.Request) string {
	c := parse(r)
	return c.verb + " " + c.key.resource
}

// Serve does what a request asks for.
func (s *Server) Serve(r *http.Request) *http.Response {
	c := parse(r)
	if c.verb == "WATCH" {
		return s.watch(r, c.key)
	}
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch c.verb {
	case "LIST":
		return s.list(r, c.key)
	case http.MethodGet:
		if o, ok := s.objects[c.key]; ok {
			return answer(http.StatusOK, o)
		}
		return notFound(c.key)
	case http.MethodPost:
		return s.create(c.key, body, r.URL.Query())
	case http.MethodPatch:
		return s.patch(c.key, body)
	case http.MethodPut:
		return s.update(c.key, body)
	case http.MethodDelete:
		return s.delete(c.key, body)
	}
	return Status(http.StatusMethodNotAllowed, metav1.StatusReasonMethodNotAllowed, "kubetest: "+c.verb)
}

func (s *Server) create(k key, body []byte, q url.Values) *http.Response {
	o := read(body)
	k.name = fmt.Sprint(o.meta()["name"])
	if spec, ok := o["spec"].(map[string]any); ok && k.resource == "pods" && spec["containers"] == nil {
		return Status(http.StatusUnprocessableEntity, metav1.StatusReasonInvalid,
			fmt.Sprintf("Pod %q is invalid: spec.containers: Required value", k.name))
	}
	if _, taken := s.objects[k]; taken {
		return Status(http.StatusConflict, metav1.StatusReasonAlreadyExists, fmt.Sprintf("%s %q already exists", k.resource, k.name))
	}
	s.birth(o, k.namespace)
	if k.resource == "pods" {
		o["status"] = map[string]any{"phase": "Pending"}
	}
	if manager := q.Get("fieldManager"); manager != "" {
		o.meta()["managedFields"] = []any{map[string]any{"manager": manager, "operation": "Update"}}
	}
	if q.Get("dryRun") != "" {
		return answer(http.StatusCreated, o)
	}
	s.store("ADDED", k, o)
	return answer(http.StatusCreated, o)
}

// patch merges a JSON merge patch (RFC 7386), whatever the kind of patch that it was sent as. A UID in it is a precondition.
func (s *Server) patch(k key, body []byte) *http.Response {
	old, ok := s.objects[k]
	if !ok {
		return notFound(k)
	}
	change := read(body)
	if uid := change.meta()["uid"]; uid != nil && uid != old.meta()["uid"] {
		return Status(http.StatusConflict, metav1.StatusReasonConflict, fmt.Sprintf(
			"Operation cannot be fulfilled on %s %q: Precondition failed: UID in precondition: %v, UID in object meta: %v", k.resource, k.name, uid, old.meta()["uid"]))
	}
	o := clone(old)
	merge(o, change)
	s.store("MODIFIED", k, o)
	return answer(http.StatusOK, o)
}

func merge(into, change map[string]any) {
	for name, value := range change {
		inner, isObject := value.(map[string]any)
		was, wasObject := into[name].(map[string]any)
		switch {
		case value == nil:
			delete(into, name)
		case isObject && wasObject:
			merge(was, inner)
		default:
			into[name] = value
		}
	}
}

func (s *Server) update(k key, body []byte) *http.Response {
	o := read(body)
	old, ok := s.objects[k]
	if !ok {
		return notFound(k)
	}
	if v := o.meta()["resourceVersion"]; v != nil && v != old.meta()["resourceVersion"] {
		return Status(http.StatusConflict, metav1.StatusReasonConflict, fmt.Sprintf(
			"Operation cannot be fulfilled on %s %q: the object has been modified; please apply your changes to the latest version and try again", k.resource, k.name))
	}
	for _, kept := range []string{"uid", "creationTimestamp", "namespace"} {
		o.meta()[kept] = old.meta()[kept]
	}
	s.store("MODIFIED", k, o)
	return answer(http.StatusOK, o)
}

// delete ends a Pod with grace when it has a node and has not ended, and everything else at once.
func (s *Server) delete(k key, body []byte) *http.Response {
	o, ok := s.objects[k]
	if !ok {
		return notFound(k)
	}
	var opts metav1.DeleteOptions
	_ = json.Unmarshal(body, &opts) // no body is no options
	if p := opts.Preconditions; p != nil && p.UID != nil && string(*p.UID) != o.meta()["uid"] {
		return Status(http.StatusConflict, metav1.StatusReasonConflict, fmt.Sprintf(
			"Operation cannot be fulfilled on %s %q: the UID in the precondition (%s) does not match the UID in record (%v). The object might have been deleted and then recreated",
			k.resource, k.name, *p.UID, o.meta()["uid"]))
	}
	spec, _ := o["spec"].(map[string]any)
	status, _ := o["status"].(map[string]any)
	if k.resource == "pods" && spec["nodeName"] != nil && status["phase"] != "Succeeded" && status["phase"] != "Failed" {
		if o.meta()["deletionTimestamp"] == nil {
			o = clone(o)
			o.meta()["deletionTimestamp"] = o.meta()["creationTimestamp"]
			s.store("MODIFIED", k, o)
		}
		return answer(http.StatusOK, o)
	}
	s.remove(k)
	return answer(http.StatusOK, o)
}

// list answers in pages; a continue token is the version of the list and the place to go on from.
func (s *Server) list(r *http.Request, k key) *http.Response {
	q := r.URL.Query()
	all := s.selected(k, q.Get("labelSelector"), q.Get("fieldSelector"))
	version, from := s.version, 0
	if token := q.Get("continue"); token != "" {
		if _, err := fmt.Sscanf(token, "%d-%d", &version, &from); err != nil || version < s.oldest {
			return Status(http.StatusGone, metav1.StatusReasonExpired, "The provided continue parameter is too old")
		}
	}
	items := all[min(from, len(all)):]
	next := ""
	if limit, _ := strconv.Atoi(q.Get("limit")); limit > 0 && limit < len(items) {
		items = items[:limit]
		next = fmt.Sprintf("%d-%d", version, from+limit)
	}
	meta := map[string]any{"resourceVersion": strconv.Itoa(version), "continue": next}
	switch accept := r.Header.Get("Accept"); {
	case strings.Contains(accept, "as=Table"):
		return answer(http.StatusOK, tableOf(items, meta))
	case strings.Contains(accept, "as=PartialObjectMetadataList"):
		return answer(http.StatusOK, object{
			"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "items": metadataOf(items), "metadata": meta,
		})
	}
	kind := map[string]string{"pods": "PodList", "configmaps": "ConfigMapList", "jobs": "JobList"}[k.resource]
	group := "v1"
	if k.resource == "jobs" {
		group = "batch/v1"
	}
	return answer(http.StatusOK, object{
		"kind": kind, "apiVersion": group, "items": items, "metadata": meta,
	})
}

func (s *Server) selected(k key, labels, fields string) []object {
	all := []object{}
	for at, o := range s.objects {
		if at.resource == k.resource && at.namespace == k.namespace && o.matches(labels, fields) {
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b object) int { return cmp.Compare(fmt.Sprint(a.meta()["name"]), fmt.Sprint(b.meta()["name"])) })
	return all
}

func read(body []byte) object {
	var o object
	if err := json.Unmarshal(body, &o); err != nil {
		panic("kubetest: not JSON: " + err.Error())
	}
	return o
}

func answer(code int, body any) *http.Response {
	data, err := json.Marshal(body)
	if err != nil {
		panic("kubetest: " + err.Error())
	}
	return &http.Response{
		StatusCode: code, Status: http.StatusText(code), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(data)),
	}
}

// JSON is an answer with that body.
func JSON(body string) *http.Response { return answer(http.StatusOK, json.RawMessage(body)) }

// Status is an error as the server sends it.
func Status(code int32, reason metav1.StatusReason, message string) *http.Response {
	return answer(int(code), metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"},
		Status:   metav1.StatusFailure, Code: code, Reason: reason, Message: message,
	})
}

// TooMany is the refusal of a server that has too much to do: plain text and a header
// (apiserver/pkg/server/filters/maxinflight.go).
func TooMany(seconds int) *http.Response {
	resp := answer(http.StatusTooManyRequests, nil)
	resp.Header = http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "Retry-After": {strconv.Itoa(seconds)}}
	resp.Body = io.NopCloser(strings.NewReader("Too many requests, please try again later.\n"))
	return resp
}

func notFound(k key) *http.Response {
	return Status(http.StatusNotFound, metav1.StatusReasonNotFound, fmt.Sprintf("%s %q not found", k.resource, k.name))
}

// metadataOf are objects without all but their metadata.
func metadataOf(items []object) []object {
	out := make([]object, 0, len(items))
	for _, o := range items {
		out = append(out, object{"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": o.meta()})
	}
	return out
}

// tableOf is a Table of Jobs, with the columns of Kubernetes 1.35 and no cell but the status filled in
// (pkg/printers/internalversion/printers.go, printJob).
func tableOf(items []object, meta map[string]any) object {
	columns := []object{{"name": "Name"}, {"name": "Status"}, {"name": "Completions"}, {"name": "Duration"}, {"name": "Age"}}
	rows := []object{}
	for i, o := range metadataOf(items) {
		rows = append(rows, object{"cells": []any{o.meta()["name"], statusOf(items[i]), "0/1", "", "1m"}, "object": o})
	}
	return object{"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": meta, "columnDefinitions": columns, "rows": rows}
}

// statusOf is what kubectl prints as the status of a Job.
func statusOf(job object) string {
	status, _ := job["status"].(map[string]any)
	conditions, _ := status["conditions"].([]any)
	for _, want := range []string{"Complete", "Failed", "Suspended"} {
		for _, c := range conditions {
			if c, ok := c.(map[string]any); ok && c["type"] == want && c["status"] == "True" {
				return want
			}
		}
	}
	return "Running"
}
