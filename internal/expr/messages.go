package expr

import (
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/common"

	"github.com/stepherd/stepherd/internal/suggest"
)

// CEL's messages, as cel-go v0.32 has them: parser/parser.go, parser/errors.go of antlr, checker/errors.go. One that is not among
// them is passed on as it is.
var (
	undeclared  = regexp.MustCompile(`^undeclared reference to '([^']*)'`)
	noOverload  = regexp.MustCompile(`^found no matching overload for '([^']*)' applied to '(.*)'$`)
	mismatch    = regexp.MustCompile(`^expected type '([^']*)' but found '([^']*)'$`)
	noFields    = regexp.MustCompile(`^type '([^']*)' does not support field selection$`)
	noRange     = regexp.MustCompile(`^expression of type '([^']*)' cannot be range of a comprehension`)
	unexpected  = regexp.MustCompile(`(?s)^Syntax error: (?:mismatched input|extraneous input|no viable alternative at input|token recognition error at:) '(.*?)'(?: expecting .*)?$`)
	syntaxError = "Syntax error: "

	noKey      = regexp.MustCompile(`^no such key: (.*)$`)
	noElement  = regexp.MustCompile(`^index out of bounds: (.*)$`)
	conversion = regexp.MustCompile(`^type conversion error from '(.*)' to '(.*)'$`)
)

// evaluationSentence returns what CEL says of an evaluation in a pipeline's words.
func evaluationSentence(message string) string {
	if m := noKey.FindStringSubmatch(message); m != nil {
		return "there is no key " + quote(m[1])
	}
	if m := noElement.FindStringSubmatch(message); m != nil {
		return "there is no element " + m[1]
	}
	if m := conversion.FindStringSubmatch(message); m != nil {
		return article(typeWord(m[1])) + " like this cannot become " + article(typeWord(m[2]))
	}
	if message == "no such overload" {
		return "an operator or a function does not take a value of this type"
	}
	return message
}

// faultsOf turns CEL's errors into faults: of errors of syntax the first, since the others come of it; of others all.
func (e *Env) faultsOf(text string, all []*common.Error) []Fault {
	var faults []Fault
	for _, one := range all {
		f := Fault{offsetOf(text, one.Location), one.Message}
		if f.Message = e.sentence(text, f); strings.HasPrefix(one.Message, syntaxError) || isLimit(one.Message) {
			return []Fault{f}
		}
		if m := undeclared.FindStringSubmatch(one.Message); m != nil && slices.Contains(namespaces, m[1]) && len(all) > 1 {
			continue // its function is told
		}
		if !slices.Contains(faults, f) {
			faults = append(faults, f)
		}
	}
	return faults
}

func isLimit(message string) bool {
	return strings.Contains(message, "recursion") || strings.Contains(message, "exceeds limit") || strings.Contains(message, "exceeds the")
}

// sentence returns a message of CEL's in a pipeline's words.
func (e *Env) sentence(text string, f Fault) string {
	message := f.Message
	if isLimit(message) {
		return "this expression is too large: compute parts of it in a step"
	}
	if m := undeclared.FindStringSubmatch(message); m != nil {
		return e.undeclared(text, f.Offset, strings.TrimPrefix(m[1], "."))
	}
	if m := noOverload.FindStringSubmatch(message); m != nil {
		return notApplicable(m[1], m[2])
	}
	if m := mismatch.FindStringSubmatch(message); m != nil {
		return "here must be " + article(typeWord(m[1])) + ", and this is " + article(typeWord(m[2]))
	}
	if m := noFields.FindStringSubmatch(message); m != nil {
		return article(typeWord(m[1])) + " has no fields"
	}
	if m := noRange.FindStringSubmatch(message); m != nil {
		return article(typeWord(m[1])) + " has no elements; this works on an array or an object"
	}
	return syntaxSentence(text, message)
}

// syntaxSentence returns the sentence for an error of syntax.
func syntaxSentence(text, message string) string {
	switch m := unexpected.FindStringSubmatch(message); {
	case strings.TrimSpace(text) == "":
		return "there is no expression here"
	case m != nil && m[1] == "<EOF>":
		return "this expression ends too early"
	case m != nil && strings.HasPrefix(m[1], "$"):
		return "$ is not expected here: no ${{ }} can stand in an expression"
	case m != nil && strings.ContainsAny(m[1], `'"`):
		return `a \ in this string begins no escape; write \\ for a \, or r'...' for a string without escapes`
	case m != nil:
		return strings.TrimSpace(m[1]) + " is not expected here"
	case strings.HasPrefix(message, "invalid ") && strings.HasSuffix(message, " literal"):
		return "this number does not fit into 64 bits"
	case strings.Contains(message, "has() macro"):
		return "has() takes a field, such as has(run.scheduledAt)"
	case strings.HasPrefix(message, "argument is not an identifier"), strings.HasPrefix(message, "argument must be a simple name"):
		return "here must be a new name for the elements, such as x in list.map(x, x + 1)"
	case strings.HasPrefix(message, "reserved identifier: "):
		return strings.TrimPrefix(message, "reserved identifier: ") + " is a reserved word"
	}
	return strings.TrimPrefix(message, syntaxError)
}

// undeclared returns the sentence on a name that does not exist.
func (e *Env) undeclared(text string, at int, name string) string {
	if e.names.parameters.has(name) {
		return "there is no " + name + "; write parameters." + name
	}
	if at < len(text) && text[at] == '(' {
		called := calledBefore(text[:at])
		return "there is no function " + called + "()" + suggest.DidYouMean(called, functionNames())
	}
	known := []string{"parameters", "run", "steps"}
	for _, p := range e.names.parameters.order {
		known = append(known, "parameters."+p)
	}
	if near := suggest.Closest(name, e.names.parameters.order); near != "" && suggest.Closest(name, known[:3]) == "" {
		return "there is no " + name + `; did you mean "parameters.` + near + `"?`
	}
	return "there is no " + name + suggest.DidYouMean(name, known)
}

// namespaces are those of CEL's libraries.
var namespaces = []string{"math", "lists", "strings"}

// calledBefore returns the name of the function whose bracket follows a text, with its namespace.
func calledBefore(text string) string {
	start := len(text)
	for start > 0 && (isWord(text[start-1]) || text[start-1] == '.') {
		start--
	}
	name := text[start:]
	if space, _, _ := strings.Cut(name, "."); slices.Contains(namespaces, space) {
		return name
	}
	return name[strings.LastIndex(name, ".")+1:]
}

// offsetOf returns the byte offset of CEL's line and column; the column counts characters.
func offsetOf(text string, at common.Location) int {
	line, column := 1, 0
	for i, r := range text {
		if line == at.Line() && column == at.Column() {
			return i
		}
		column++
		if r == '\n' {
			line, column = line+1, 0
		}
	}
	return len(text)
}
