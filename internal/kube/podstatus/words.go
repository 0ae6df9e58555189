package podstatus

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/logfmt"
	"github.com/stepherd/stepherd/internal/phrase"
)

// maxWords keeps what a program says of its own end, in bytes, so short that the record keeps all of it.
const maxWords = 240

// inItsWords is how a container ended, in the words that its program wrote to /dev/termination-log, or, with the policy
// FallbackToLogsOnError, to the end of its log; message where there are none. who stands in front of them.
func inItsWords(spec *corev1.Container, t *corev1.ContainerStateTerminated, who, message string) string {
	if t.ExitCode == 0 || t.Reason != "Error" && t.Reason != "OOMKilled" {
		return message // the words are the kubelet's, or the runtime's
	}
	words := summary(linesOf(t.Message), spec.TerminationMessagePolicy == corev1.TerminationMessageFallbackToLogsOnError)
	switch {
	case words == "":
		return message
	case t.Reason == "OOMKilled":
		return message + ": " + words
	}
	return who + words
}

// summary is what is told of lines: of the end of a log that is no short one the last line, of a message the first lines.
func summary(lines []string, log bool) string {
	const few = 3
	if all := strings.Join(lines, " "); len(all) <= maxWords && (!log || len(lines) <= few) {
		return all
	}
	if log {
		lines = lines[len(lines)-1:]
	}
	words := ""
	for _, line := range lines {
		longer := strings.TrimSpace(words + " " + line)
		switch {
		case len(longer) <= maxWords:
			words = longer
		case words == "":
			return cutWords(line)
		default:
			return words
		}
	}
	return words
}

// cutWords is the beginning of a line that is too long, whole words if there are any.
func cutWords(line string) string {
	const more = "..."
	line = strings.ToValidUTF8(line[:maxWords-len(more)], "")
	if i := strings.LastIndexByte(line, ' '); i > len(line)/2 {
		line = line[:i]
	}
	return line + more
}

// linesOf are the lines of a text that have something in them, as a terminal would show them in the end, each with single blanks,
// and without anything that could steer one.
func linesOf(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		plain := logfmt.AppendSafe(nil, logfmt.AppendPlain(nil, logfmt.Collapse([]byte(strings.TrimRight(line, "\r\n")))))
		if line = phrase.OneLine(string(plain)); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// specOf is a container of a Pod as it was asked for.
func specOf(pod *corev1.Pod, name string) *corev1.Container {
	for _, all := range [][]corev1.Container{pod.Spec.Containers, pod.Spec.InitContainers} {
		for i := range all {
			if all[i].Name == name {
				return &all[i]
			}
		}
	}
	return &corev1.Container{Name: name}
}
