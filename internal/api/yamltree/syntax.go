package yamltree

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/stepherd/stepherd/internal/api/wording"
)

var (
	yamlLine   = regexp.MustCompile(`^line (\d+): `)
	yamlAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)
)

// yamlHints say more than the parser's sentences, which are made for who writes parsers.
var yamlHints = []struct{ text, hint string }{
	{"mapping values are not allowed", "look for a second colon in the line, or a wrong indentation"},
	{"cannot start any token", "put a value that begins with @, ` or % in quotes"},
	{"did not find expected key", "look at the indentation, and for quotes that end too early"},
	{"did not find expected '-' indicator", "look at the indentation"},
	{"did not find expected ',' or", "a bracket is not closed, or a comma is missing"},
	{"unexpected end of stream", "quotes are not closed"},
	{"could not find expected ':'", "a colon is missing, or the indentation is wrong"},
	{"unknown escape character", "write \\ as \\\\ in double quotes, or use single quotes"},
}

// syntaxProblem turns the parser's sentence into ours, with a place where it gives one.
func syntaxProblem(data []byte, err error) *Problem {
	if p := jsonProblem(data); p != nil {
		return p
	}
	p := &Problem{Line: 1}
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		p.Line, _ = strconv.Atoi(m[1])
		text = text[len(m[0]):]
	}
	if strings.HasPrefix(text, "did not find expected") {
		p.Line++ // the parser counts these lines from 0, the scanner its own from 1
	}
	p.Line = min(p.Line, 1+bytes.Count(bytes.TrimRight(data, "\n"), []byte{'\n'}))
	p.Message = "not valid YAML: " + text
	for _, h := range yamlHints {
		if strings.Contains(text, h.text) {
			p.Message += "; " + h.hint
			break
		}
	}
	if odd := oddNear(data, p.Line); odd != nil {
		return odd
	}
	switch m := yamlAnchor.FindStringSubmatch(text); {
	case m != nil:
		if at := bytes.Index(data, []byte("*"+m[1])); at >= 0 {
			p.Line, p.Column = position(data, at)
		}
		p.Message = fmt.Sprintf("not valid YAML: no anchor &%s stands before this alias", wording.Bare(m[1]))
	case indentedByTab(data, p.Line):
		p.Message = "not valid YAML: a tab indents this line; use spaces"
	}
	return p
}

// jsonProblem is the problem of what begins as JSON: its parser knows the place better.
func jsonProblem(data []byte) *Problem {
	compact := bytes.Join(bytes.Fields(data[:min(len(data), 100)]), nil)
	if !bytes.HasPrefix(compact, []byte(`{"`)) {
		return nil
	}
	var syntax *json.SyntaxError
	if err := json.Unmarshal(data, new(json.RawMessage)); !errors.As(err, &syntax) {
		return nil
	}
	line, column := position(data, max(int(syntax.Offset)-1, 0))
	return &Problem{Line: line, Column: column, Message: "not valid JSON: " + syntax.Error()}
}
