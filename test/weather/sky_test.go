package weather

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/kube/kubetest"
)

// bolt is what bad weather does to a request.
type bolt func(*kubetest.Server, *http.Request) (*http.Response, error)

// between strikes from a time on for a while.
func between(from, lasts time.Duration, b bolt) sky {
	return func(s *kubetest.Server, r *http.Request, since time.Duration) (*http.Response, error) {
		if since < from || since >= from+lasts {
			return nil, nil
		}
		return b(s, r)
	}
}

// away is a server that cannot be reached. Its watches break, too.
func away(from, lasts time.Duration) sky {
	return between(from, lasts, func(s *kubetest.Server, _ *http.Request) (*http.Response, error) {
		s.CutWatches()
		return nil, errors.New("connect: connection refused")
	})
}

// every repeats a weather with a period.
func every(period time.Duration, of sky) sky {
	return func(s *kubetest.Server, r *http.Request, since time.Duration) (*http.Response, error) {
		return of(s, r, since%period)
	}
}

// twoOfThree strikes two requests of three, of each kind for itself.
func twoOfThree(b bolt) sky {
	var mu sync.Mutex
	seen := map[string]int{}
	return func(s *kubetest.Server, r *http.Request, _ time.Duration) (*http.Response, error) {
		mu.Lock()
		n := seen[kubetest.Verb(r)]
		seen[kubetest.Verb(r)]++
		mu.Unlock()
		if n%3 == 2 {
			return nil, nil
		}
		return b(s, r)
	}
}

func refusal(code int32, reason metav1.StatusReason) bolt {
	return func(*kubetest.Server, *http.Request) (*http.Response, error) {
		return kubetest.Status(code, reason, "not now"), nil
	}
}

// denied is what an API server says to everything until it has read the Roles. Its watches have broken with the one before it.
func denied(s *kubetest.Server, _ *http.Request) (*http.Response, error) {
	s.CutWatches()
	return kubetest.Status(http.StatusForbidden, metav1.StatusReasonForbidden,
		`pods "x" is forbidden: User "driver" cannot get resource "pods" in API group "" in the namespace "ns": RBAC: role.rbac.authorization.k8s.io "stepherd-driver" not found`), nil
}

// lost does what is asked for and loses the answer.
func lost(err error) bolt {
	return func(s *kubetest.Server, r *http.Request) (*http.Response, error) {
		do(s, r)
		return nil, err
	}
}

// slow answers late, always.
func slow(d time.Duration) sky {
	b := late(d)
	return func(s *kubetest.Server, r *http.Request, _ time.Duration) (*http.Response, error) { return b(s, r) }
}

// late does nothing for a time and then what was asked for.
func late(d time.Duration) bolt {
	return func(_ *kubetest.Server, r *http.Request) (*http.Response, error) {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			return nil, nil
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
}

// conflict lets somebody else write to the record just before the driver does.
func conflict(s *kubetest.Server, r *http.Request) (*http.Response, error) {
	if kubetest.Verb(r) == "PUT configmaps" {
		s.Set("configmaps", "ns", "run-record", func(o map[string]any) {
			o["metadata"].(map[string]any)["annotations"] = map[string]any{"somebody": time.Now().String()}
		})
	}
	return nil, nil
}

// do does what a request asks for, and throws the answer away. A watch whose answer is thrown away does nothing.
func do(s *kubetest.Server, r *http.Request) {
	if !strings.HasPrefix(kubetest.Verb(r), "WATCH") {
		s.Serve(r)
	}
}
