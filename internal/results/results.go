package results

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/suggest"
)

// Parse returns the results that a step declares from the output of its program, whose Pod has so many containers (see Limit). The
// error is one sentence for the user, which tells all that is wrong.
//
// A step that declares one string alone need not write JSON: an output that does not begin with { is its text, without the line
// breaks at its end.
func Parse(declared []v1alpha1.Result, output string, containers int) (map[string]v1alpha1.Value, error) {
	if len(declared) == 0 {
		return nil, nil
	}
	if err := checkWhole(output, containers); err != nil {
		return nil, err
	}
	switch trimmed := strings.TrimSpace(output); {
	case output == "":
		return nil, fmt.Errorf("the program ended with 0, but wrote no results: write %s to the file that STEPHERD_RESULTS names, in place", form(declared))
	case isText(declared) && !strings.HasPrefix(trimmed, "{"):
		return map[string]v1alpha1.Value{declared[0].Name: textValue(strings.TrimRight(output, "\r\n"))}, nil
	}
	members, err := readObject(output)
	if err != nil {
		return nil, fmt.Errorf("the results %w: write %s", err, form(declared))
	}
	return match(declared, members)
}

// unreadable is what the kubelet puts for a file that it cannot read (kubernetes/pkg/kubelet/kuberuntime/kuberuntime_container.go, getTerminationMessage).
const unreadable = "Error on reading termination log "

// checkWhole returns an error if the output may be other than what the program wrote.
func checkWhole(output string, containers int) error {
	limit := Limit(containers)
	switch {
	case len(output) >= limit:
		return fmt.Errorf("the results have at least %d bytes, and of a Pod with %s only less than that is sure to be whole: write large data to files, and hand on where they are",
			limit, count(containers))
	case strings.HasPrefix(output, unreadable):
		return fmt.Errorf("the kubelet could not read the results: %s", wording.Bare(strings.TrimPrefix(output, unreadable)))
	case !utf8.ValidString(output) || strings.ContainsRune(output, utf8.RuneError):
		return errors.New("the results are not UTF-8: write them in UTF-8")
	}
	return nil
}

func count(containers int) string {
	if containers <= 1 {
		return "1 container"
	}
	return fmt.Sprintf("%d containers", containers)
}

// form shows what a program is to write.
func form(declared []v1alpha1.Result) string {
	if isText(declared) {
		return fmt.Sprintf("the text of %q", declared[0].Name)
	}
	return fmt.Sprintf("a JSON object such as {%q: ...}", declared[0].Name)
}

// isText reports whether the step may write plain text.
func isText(declared []v1alpha1.Result) bool {
	return len(declared) == 1 && declared[0].Type.OrString() == v1alpha1.TypeString
}

// textValue returns a text as a value, without escapes that JSON does not need.
func textValue(text string) v1alpha1.Value {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text) // a string can always be encoded
	return v1alpha1.Value(bytes.TrimSuffix(out.Bytes(), []byte("\n")))
}

// match checks the members of the program's object against what the step declares.
func match(declared []v1alpha1.Result, members []member) (map[string]v1alpha1.Value, error) {
	var faults []string
	names := make([]string, len(declared))
	given := make(map[string]json.RawMessage, len(members))
	for i, d := range declared {
		names[i] = d.Name
		given[d.Name] = nil
	}
	for _, m := range members {
		switch before, known := given[m.name]; {
		case !known:
			faults = append(faults, fmt.Sprintf("the step declares no result %s%s", wording.Quote(m.name), didYouMean(m.name, names)))
		case before != nil:
			faults = append(faults, fmt.Sprintf("the result %q is written twice", m.name))
		default:
			given[m.name] = m.value
		}
	}
	values := make(map[string]v1alpha1.Value, len(declared))
	for _, d := range declared {
		if given[d.Name] == nil {
			faults = append(faults, fmt.Sprintf("the result %q is missing", d.Name))
			continue
		}
		v, err := d.Type.Read(given[d.Name])
		if err != nil {
			faults = append(faults, fmt.Sprintf("the result %q %v", d.Name, err))
		}
		values[d.Name] = v
	}
	if len(faults) > 0 {
		return nil, tell(faults)
	}
	return values, nil
}

// didYouMean is a part of a sentence that may go on.
func didYouMean(word string, known []string) string {
	if near := suggest.Closest(word, known); near != "" {
		return fmt.Sprintf(" (did you mean %q?)", near)
	}
	return ""
}

// maxTold is how many faults a message tells; the record keeps some 400 bytes of it.
const maxTold = 4

func tell(faults []string) error {
	if more := len(faults) - maxTold; more > 0 {
		faults = append(faults[:maxTold:maxTold], fmt.Sprintf("and %d more", more))
	}
	return errors.New(strings.Join(faults, "; "))
}
