package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// ResultsKey is the key of the results inside the ConfigMaps of ResultsName: one step a line, as JSON.
const ResultsKey = "results.jsonl"

const (
	// maxResults is how many bytes a piece of results has at most, unless a single line takes more: then the line is alone in it.
	maxResults = 32 << 10
	// maxResultsText is the most that any piece may have, and maxResultPieces how many there may be: far above what a run of 1 MiB of
	// results takes. What has more was not written by us.
	maxResultsText  = 256 << 10
	maxResultPieces = 512
)

// ResultsName is the name of the ConfigMap of piece k of the results: <run>-record-results-0, ...
func ResultsName(run string, k int) string { return run + "-record-results-" + strconv.Itoa(k) }

// Results are the results of a run's steps as the record keeps them: in pieces of their own, to which lines are appended in the
// order in which the record is told of them, and in which no line is ever changed. The zero value has none.
//
// A line counts only while the steps of the record say that this very attempt has succeeded: lines are written before the steps
// are, and a driver that had lost the record may have written one.
type Results struct {
	pieces []string
	latest map[string]resultLine // by step
}

// resultLine is one line.
type resultLine struct {
	Step    string                    `json:"step"`
	Attempt int                       `json:"attempt"`
	Results map[string]v1alpha1.Value `json:"results"`
}

// Add appends the results of a step that has some, unless they are there already. It returns the number of the piece that has
// changed, and whether one has.
func (r *Results) Add(s v1alpha1.StepStatus) (piece int, changed bool, err error) {
	if len(s.Results) == 0 {
		return 0, false, nil
	}
	line := resultLine{Step: s.Name, Attempt: attemptOf(s), Results: s.Results}
	if had, has := r.latest[s.Name]; has && had.equal(line) {
		return 0, false, nil
	}
	text, err := line.encode()
	if err != nil {
		return 0, false, fmt.Errorf("encode the results of step %q: %w", s.Name, err)
	}
	last := len(r.pieces) - 1
	if last < 0 || len(r.pieces[last])+len(text) > maxResults {
		r.pieces = append(r.pieces, "")
		last++
	}
	r.pieces[last] += text
	r.note(line)
	return last, true, nil
}

func (r *Results) note(line resultLine) {
	if r.latest == nil {
		r.latest = map[string]resultLine{}
	}
	r.latest[line.Step] = line
}

// Len returns the number of pieces.
func (r *Results) Len() int { return len(r.pieces) }

// Piece returns the text of piece k, for the key ResultsKey.
func (r *Results) Piece(k int) string { return r.pieces[k] }

// Fill sets the results of those steps that have succeeded and have some.
func (r *Results) Fill(steps []v1alpha1.StepStatus) {
	if len(r.latest) == 0 {
		return
	}
	for i := range steps {
		s := &steps[i]
		if line, has := r.latest[s.Name]; has && s.Phase == v1alpha1.StepSucceeded && attemptOf(*s) == line.Attempt {
			s.Results = line.Results
		}
	}
}

// DecodeResults reads pieces as Piece returned them, and gives a sentence for text that is old, cut or foreign. The pieces are those
// from the first on: without piece 2 nothing is known of piece 3.
func DecodeResults(pieces []string) (*Results, error) {
	if len(pieces) > maxResultPieces {
		return nil, fmt.Errorf("the record has %d pieces of results: it is not a record of Stepherd", len(pieces))
	}
	r := &Results{pieces: slices.Clone(pieces)}
	for k, text := range pieces {
		if len(text) > maxResultsText {
			return nil, fmt.Errorf("%s of piece %d of the record has %d bytes: it is not a record of Stepherd", ResultsKey, k, len(text))
		}
		if err := r.read(text); err != nil {
			return nil, fmt.Errorf("%s of piece %d of the record is damaged: %w", ResultsKey, k, err)
		}
	}
	return r, nil
}

func (r *Results) read(text string) error {
	for number := 1; text != ""; number++ {
		one, rest, whole := strings.Cut(text, "\n")
		if !whole {
			return fmt.Errorf("line %d is cut short", number)
		}
		text = rest
		line, err := decodeLine(one)
		if err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		if had, has := r.latest[line.Step]; has && had.Attempt > line.Attempt {
			continue // late, by a driver that had lost the record
		}
		r.note(line)
	}
	return nil
}

func decodeLine(text string) (resultLine, error) {
	var line resultLine
	switch err := json.Unmarshal([]byte(text), &line); {
	case err != nil:
		return line, err
	case line.Step == "":
		return line, errors.New("it names no step")
	case line.Attempt < 0:
		return line, fmt.Errorf("there is no attempt %d", line.Attempt)
	case len(line.Results) == 0:
		return line, errors.New("it has no results")
	}
	for name, v := range line.Results {
		if v.Type() == "" {
			return line, fmt.Errorf("the result %q has no value", name)
		}
	}
	return line, nil
}

// encode writes no escapes that JSON does not need, so that what is read is what was written.
func (l resultLine) encode() (string, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(l)
	return out.String(), err
}

func (l resultLine) equal(other resultLine) bool {
	if l.Attempt != other.Attempt || len(l.Results) != len(other.Results) {
		return false
	}
	for name, v := range l.Results {
		if theirs, has := other.Results[name]; !has || !bytes.Equal(v, theirs) {
			return false
		}
	}
	return true
}

// attemptOf returns the number of a step's latest attempt; 0 if it has none.
func attemptOf(s v1alpha1.StepStatus) int {
	if len(s.Attempts) == 0 {
		return 0
	}
	return s.Attempts[len(s.Attempts)-1].Number
}
