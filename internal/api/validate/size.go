package validate

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

// maxExecText is the longest argument or NAME=value that Linux gives to a program, without the NUL at its end:
// MAX_ARG_STRLEN, 32 pages, in include/uapi/linux/binfmts.h. With a longer one the container does not start, and the
// kernel says only "argument list too long".
const maxExecText = 32*4096 - 1

// sizeRules checks what Linux and Kubernetes allow in size.
type sizeRules struct{ *validator }

// sizes refuses arguments and variables that are too long. Each text is measured by itself, and most are short, so
// podSettings are read only where one could be in them.
func (v sizeRules) sizes(p *v1alpha1.Pipeline) {
	var root *yamltree.Path
	v.podSizes(root.Fields("driver", "podSettings"), p.Driver.PodSettings)
	v.settingsSizes(root.Field("settings"), &p.Settings)
	for at, s := range yamltree.Steps(p) {
		v.argumentSizes(at, s.Command, s.Args)
		v.settingsSizes(at.Field("settings"), &s.Settings)
	}
}

func (v sizeRules) settingsSizes(at *yamltree.Path, s *v1alpha1.Settings) {
	v.envSizes(at.Field("env"), s.Env)
	v.podSizes(at.Field("podSettings"), s.PodSettings)
}

func (v sizeRules) podSizes(at *yamltree.Path, raw v1alpha1.PodSettings) {
	if len(raw) <= maxExecText {
		return
	}
	for _, list := range []string{"initContainers", "containers"} {
		for i, c := range raw.Containers(list) {
			v.argumentSizes(at.Field(list).At(i), c.Command, c.Args)
			v.envSizes(at.Field(list).At(i).Field("env"), c.Env)
		}
	}
}

func (v sizeRules) argumentSizes(at *yamltree.Path, command, args []string) {
	for _, list := range []struct {
		key   string
		words []string
	}{{"command", command}, {"args", args}} {
		for i, word := range list.words {
			if n := leastLength(word); n > maxExecText {
				v.report(at.Field(list.key).At(i), "the text has %d bytes, and Linux gives a program at most %d in one argument: put it into the image, or into a ConfigMap that is mounted as a file", n, maxExecText)
			}
		}
	}
}

func (v sizeRules) envSizes(at *yamltree.Path, env []corev1.EnvVar) {
	for i := range env {
		if n := len(env[i].Name) + len("=") + leastLength(env[i].Value); n > maxExecText {
			v.report(at.At(i).Field("value"), "%s and its value have %d bytes, and Linux gives a program at most %d in one variable: put the value into the image, or into a ConfigMap that is mounted as a file", wording.Quote(env[i].Name), n, maxExecText)
		}
	}
}

// leastLength is how long a text is at least once Kubernetes has expanded it: $$ becomes $, and $(NAME) may be empty.
func leastLength(text string) int {
	n := 0
	for {
		at := strings.IndexByte(text, '$')
		if at < 0 || at+1 == len(text) {
			return n + len(text)
		}
		n += at
		rest := text[at+2:]
		switch text[at+1] {
		case '$':
			n++
		case '(':
			if end := strings.IndexByte(rest, ')'); end >= 0 {
				rest = rest[end+1:]
				break
			}
			fallthrough
		default:
			n += 2
		}
		text = rest
	}
}
