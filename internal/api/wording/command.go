package wording

import (
	"regexp"
	"strings"
)

// ofShell is what only a shell gives a meaning: pipes, redirections, variables, patterns, several commands.
const ofShell = "|&;<>`*?#~\n$()"

// reference is a variable as Kubernetes writes it in command, args and env.
var reference = regexp.MustCompile(`\$\([A-Za-z_][A-Za-z0-9_.-]*\)`)

// ShellWords splits a line as a shell does. ok is false where the line needs a shell to be understood.
func ShellWords(line string) (words []string, ok bool) {
	var word strings.Builder
	var open rune
	inside, escaped := false, false
	for i, r := range line {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && open != '\'':
			escaped, inside = true, true
		case open != 0 && r == open:
			open = 0
		case open == 0 && (r == '"' || r == '\''):
			open, inside = r, true
		case needsShell(line, i, r, open):
			return nil, false
		case open == 0 && (r == ' ' || r == '\t'):
			if inside {
				words = append(words, word.String())
			}
			word.Reset()
			inside = false
		default:
			word.WriteRune(r)
			inside = true
		}
	}
	if inside {
		words = append(words, word.String())
	}
	return words, open == 0 && !escaped && len(words) > 0
}

// needsShell reports whether a character means something to a shell alone: outside quotes, or in double ones. $(NAME) is
// a variable of Kubernetes, too.
func needsShell(line string, i int, r, open rune) bool {
	switch {
	case open == '\'':
		return false
	case open == '"':
		return r == '`' || r == '$' && !referenceAt(line, i)
	case r == '$':
		return !referenceAt(line, i)
	case r == '(' || r == ')':
		return !insideReference(line, i)
	}
	return strings.ContainsRune(ofShell, r)
}

func referenceAt(line string, i int) bool {
	at := reference.FindStringIndex(line[i:])
	return at != nil && at[0] == 0
}

func insideReference(line string, i int) bool {
	for _, at := range reference.FindAllStringIndex(line, -1) {
		if i > at[0] && i < at[1] {
			return true
		}
	}
	return false
}

// CommandAdvice is what to write for a command that is one text.
func CommandAdvice(line string) string {
	line = strings.TrimSpace(line)
	if words, ok := ShellWords(line); ok {
		return OrForm("write command: "+FlowList(words), "write each word for itself, as command: [echo, hello]")
	}
	return OrForm("write command: [sh, -c, "+FlowText(line)+"]", `write command: [sh, -c, "..."]`)
}

// ArgsAdvice is what to write for args that are one text.
func ArgsAdvice(line string) string {
	line = strings.TrimSpace(line)
	if words, ok := ShellWords(line); ok {
		return OrForm("write args: "+FlowList(words), "write each word for itself, as args: [--epochs, \"3\"]")
	}
	return OrForm("write args: ["+FlowText(line)+"] for one argument, or command: [sh, -c, "+FlowText(line)+"] for a shell",
		`write args: ["..."] for one argument, or command: [sh, -c, "..."] for a shell`)
}
