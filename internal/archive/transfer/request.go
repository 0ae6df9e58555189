package transfer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stepherd/stepherd/internal/archive"
)

// Request asks for logs of a run, in this order.
type Request struct {
	// Folder is the run's, see Folder.
	Folder string `json:"folder"`
	// Logs without a Container mean all containers of the attempt.
	Logs []archive.Name `json:"logs"`
	// Since leaves out what lies wholly before it.
	Since time.Time `json:"since,omitzero"`
	// Tail leaves out what lies wholly before so many lines at the end; 0 leaves out nothing.
	Tail int `json:"tail,omitempty"`
	// Skip is how many lines of the first log's index, and what they stand for, are there already.
	Skip int `json:"skip,omitempty"`
}

// MostLogs is how many logs one request may name: it travels as an argument of a program.
const MostLogs = 500

// Encode writes the request as one word without $, which a kubelet would expand.
func (r *Request) Encode() string {
	text, _ := json.Marshal(r) // nothing in it can fail
	return strings.ReplaceAll(string(text), "$", `\u0024`)
}

// DecodeRequest reads what Encode wrote.
func DecodeRequest(text string) (Request, error) {
	var r Request
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return r, fmt.Errorf("this is no request for archived logs: %w", err)
	}
	return r, nil
}

// expand returns all containers if a request names none; named reports whether it names all.
func (r *Request) expand(s archive.Storage) (all []archive.Name, named bool, err error) {
	named = true
	for _, n := range r.Logs {
		if n.Container != "" {
			all = append(all, n)
			continue
		}
		named = false
		containers, err := containersOf(s, r.Folder, n)
		if err != nil {
			return nil, false, err
		}
		for _, c := range containers {
			all = append(all, archive.Name{Step: n.Step, Attempt: n.Attempt, Container: c})
		}
	}
	return all, named, nil
}

// containersOf are the containers of an attempt that have a log in the archive.
func containersOf(s archive.Storage, folder string, n archive.Name) ([]string, error) {
	files, err := s.List(path.Join(folder, archive.FileName(n.Step), strconv.Itoa(n.Attempt)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var out []string
	for _, f := range files {
		base, isIndex := strings.CutSuffix(f, archive.IndexSuffix)
		if name, err := url.PathUnescape(base); isIndex && err == nil && archive.FileName(name) == base {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out, nil
}
