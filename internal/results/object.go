package results

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/stepherd/stepherd/internal/api/wording"
)

// member is one name of a JSON object with its value.
type member struct {
	name  string
	value json.RawMessage
}

// readObject returns the members of a JSON object in their order, and those that are there twice, twice. The error ends a
// sentence about the results.
func readObject(text string) ([]member, error) {
	var whole json.RawMessage
	if err := json.Unmarshal([]byte(text), &whole); err != nil {
		return nil, notJSON(text, err)
	}
	dec := json.NewDecoder(bytes.NewReader(whole))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, fmt.Errorf("are no JSON object, but begin with %s", wording.Quote(beginning(text)))
	}
	var members []member
	for dec.More() {
		var m member
		name, err := dec.Token()
		if err == nil {
			err = dec.Decode(&m.value)
		}
		if err != nil {
			return nil, notJSON(text, err)
		}
		m.name = fmt.Sprint(name)
		members = append(members, m)
	}
	return members, nil
}

// notJSON says where a text stops being JSON. Python's json and others write NaN and Infinity, which JSON does not have.
func notJSON(text string, err error) error {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return fmt.Errorf("are no JSON: %w", err)
	}
	at := text[min(max(int(syntax.Offset)-1, 0), len(text)):]
	for _, word := range []string{"NaN", "Infinity"} {
		if strings.HasPrefix(at, word) {
			return fmt.Errorf("are no JSON, which has no %s (byte %d)", word, syntax.Offset)
		}
	}
	return fmt.Errorf("are no JSON: %w at byte %d, in %s", err, syntax.Offset, wording.Quote(beginning(text)))
}

// maxBeginning is how much of an output a message shows, in bytes.
const maxBeginning = 40

func beginning(text string) string { return wording.Cut(strings.TrimSpace(text), maxBeginning) }
