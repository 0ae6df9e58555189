package kubetest

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// watch streams what has changed since a version. It refuses to begin at "" or "0": any state that some server has in its
// cache, which no adapter of ours may ask for.
func (s *Server) watch(r *http.Request, k key) *http.Response {
	q := r.URL.Query()
	from, err := strconv.Atoi(q.Get("resourceVersion"))
	if err != nil || from == 0 {
		return Status(http.StatusBadRequest, metav1.StatusReasonBadRequest, "kubetest: a watch must say from which version on")
	}
	s.mu.Lock()
	expired := from < s.oldest
	s.mu.Unlock()
	if expired {
		return Status(http.StatusGone, metav1.StatusReasonExpired, "too old resource version")
	}
	out, in := io.Pipe()
	go s.stream(r, k, from, in)
	resp := answer(http.StatusOK, nil)
	resp.Body = out
	return resp
}

func (s *Server) stream(r *http.Request, k key, from int, to *io.PipeWriter) {
	q := r.URL.Query()
	labels, fields := q.Get("labelSelector"), q.Get("fieldSelector")
	encoder := json.NewEncoder(to)
	for {
		s.mu.Lock()
		changed, cut, expired := s.changed, s.cut, from < s.oldest
		var news []change
		for _, c := range s.history {
			if c.version > from && c.key.resource == k.resource && c.key.namespace == k.namespace &&
				(c.kind == "BOOKMARK" || c.object.matches(labels, fields)) {
				news = append(news, c)
			}
		}
		from = max(from, s.version)
		s.mu.Unlock()
		if expired {
			_ = encoder.Encode(event{"ERROR", metav1.Status{
				TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusFailure, Code: http.StatusGone, Reason: metav1.StatusReasonExpired, Message: "too old resource version",
			}})
			_ = to.Close()
			return
		}
		for _, c := range news {
			if encoder.Encode(event{c.kind, c.object}) != nil {
				return // the reader has gone
			}
		}
		select {
		case <-changed:
		case <-cut:
			_ = to.Close()
			return
		case <-r.Context().Done():
			_ = to.CloseWithError(r.Context().Err())
			return
		}
	}
}

type event struct {
	Type   string `json:"type"`
	Object any    `json:"object"`
}
