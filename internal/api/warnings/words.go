package warnings

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/validate"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
	"github.com/stepherd/stepherd/internal/expr"
)

// programs warns of command and args that were meant as several words.
func (w *warner) programs(at *yamltree.Path, s *v1alpha1.Step) {
	if len(s.Command) > 0 && blank(s.Command[0]) {
		w.warn(at.Field("command").At(0), "%s is the name of one program, blanks included: %s", wording.Quote(s.Command[0]), splitAdvice(s.Command))
	}
	w.options(at.Field("command"), s.Command[min(1, len(s.Command)):])
	w.options(at.Field("args"), s.Args)
	if len(s.Args) == 1 && len(s.Command) == 0 && severalWords.MatchString(s.Args[0]) {
		w.warn(at.Field("args").At(0), "%s is one argument, blanks included: %s", wording.Quote(s.Args[0]), wording.ArgsAdvice(s.Args[0]))
	}
}

// splitAdvice is what to write for a command whose first word is several.
func splitAdvice(command []string) string {
	words, ok := wording.ShellWords(strings.TrimSpace(command[0]))
	if !ok {
		return wording.CommandAdvice(strings.Join(command, " "))
	}
	return wording.OrForm("write command: "+wording.FlowList(append(words, command[1:]...)), "write each word for itself, as command: [echo, hello]")
}

// severalWords is a line with an option in it that was not split.
var severalWords = regexp.MustCompile(`^[^\s-]\S*\s+--?[A-Za-z]`)

// glued is an option with its value in one word, which a program takes for an option of that whole name.
var glued = regexp.MustCompile(`^--?[A-Za-z][A-Za-z0-9_-]*[ \t]+[^\s]`)

// dashed is an option that a text editor has written with a long dash.
var dashed = regexp.MustCompile(`^[–—][A-Za-z]`)

// options warns of options that no program will understand. Behind -c stands a line of a shell or of Python.
func (w *warner) options(at *yamltree.Path, words []string) {
	for i, word := range words {
		if i > 0 && programFollows(words[i-1]) {
			continue
		}
		place := at.At(i)
		if at.Key == "command" {
			place = at.At(i + 1)
		}
		switch {
		case glued.MatchString(word):
			name, value, _ := strings.Cut(word, " ")
			w.warn(place, "%s is one word, blank included: write %s", wording.Quote(word), wording.OrForm(wording.FlowList([]string{name, strings.TrimSpace(value)}), "the option and its value as two words"))
		case dashed.MatchString(word):
			w.warn(place, "%s begins with a long dash: write %s", wording.Quote(word), wording.FlowText("--"+strings.TrimLeft(wording.Cut(word, wording.MaxShown), "–—")))
		}
	}
}

func blank(word string) bool {
	return strings.ContainsFunc(strings.TrimSpace(word), unicode.IsSpace)
}

// templates are the forms in which other tools put values into texts.
var templates = []struct {
	form *regexp.Regexp
	tool string
}{
	{regexp.MustCompile(`\$\{\{.*?\}\}`), "an expression"},
	{regexp.MustCompile(`\{\{=?-?\s*(inputs|outputs|workflow|tasks|steps|pod|node|item|retries|lastRetry|cronworkflow|parameters)\b[^{}]*\}\}`), "a template of Argo Workflows"},
	{regexp.MustCompile(`\{\{\s*\$\.[^{}]*\}\}`), "a placeholder of Kubeflow Pipelines"},
	{regexp.MustCompile(`\{\{\s*(ds|ds_nodash|ts|ts_nodash|ti|dag|dag_run|task|task_instance|params|var|macros|conn|execution_date|logical_date|data_interval_start|data_interval_end|run_id)\b[^{}]*\}\}`), "a template of Airflow"},
	{regexp.MustCompile(`\$\((params|tasks|results|workspaces|context|steps|inputs|outputs|finally)\.[^()\s]+\)`), "a variable of Tekton"},
	{regexp.MustCompile(`\{%-?\s*(if|elif|else|endif|for|endfor|set|block|include|macro|raw)\b`), "a template of Jinja"},
	{regexp.MustCompile(`\{\{-?\s*[A-Za-z_][A-Za-z0-9_]*([.][A-Za-z_][A-Za-z0-9_]*|\[[^\[\]{}]*\])*(\s*\|[^{}]*)?\s*-?\}\}`), "a template, as of Jinja"},
}

// template is the first template in a text, and whose it is.
func template(text string) (found, tool string) {
	if !strings.ContainsAny(text, "{(") {
		return "", ""
	}
	for _, t := range templates {
		if found := t.form.FindString(text); found != "" {
			return found, t.tool
		}
	}
	return "", ""
}

// templates warns of every text of the file that looks like another tool's template, and of expressions in values, which are data.
// Everywhere else an expression is evaluated or refused.
func (w *warner) templates(v *yamltree.Value, data bool) {
	if v == nil || v.Broken {
		return
	}
	if v.Kind == yamltree.String && (data || !expr.HasExpression(v.Text)) {
		if found, tool := template(v.Text); found != "" {
			w.WarnAtValue(v, "%s looks like %s; nothing is put in its place here, the step gets this very text: write the value itself, or give it by env and use it as $(NAME)", wording.Quote(found), tool)
		}
	}
	for _, item := range v.Items {
		w.templates(item, data)
	}
	for _, f := range v.Fields {
		w.templates(f.Value, data || v.Parent == nil && (f.Key == "arguments" || f.Key == "parameters"))
	}
}

// rootImages are images, and registries, whose user is root.
var rootImages = regexp.MustCompile(`^(docker\.io/)?(library/)?[a-z0-9_.-]+$|^(docker\.io/)?(pytorch/pytorch|tensorflow/tensorflow|nvidia/cuda)$|^nvcr\.io/nvidia/`)

// restricted warns of an image that runs as root under the profile that forbids it. What user an image has is not known here;
// those of Docker's library have root, nearly all.
func (w *warner) restricted(at *yamltree.Path, p *v1alpha1.Pipeline, s *v1alpha1.Step) {
	effective, err := v1alpha1.Effective(p, s)
	if err != nil || effective.Security != v1alpha1.SecurityRestricted {
		return
	}
	repository, _, _ := validate.SplitImage(effective.Image)
	if !rootImages.MatchString(repository) || userGiven(effective.PodSettings) {
		return
	}
	keys := []string{"security"}
	w.inVain(at, s.Settings.Security != "" || s.Settings.Image != "" && p.Settings.Security == "", keys,
		"image %s probably runs as root, and then does not start under restricted: write podSettings: {securityContext: {runAsUser: 1000}}, or build the image with a numeric USER",
		wording.Quote(effective.Image))
}

// userGiven reports whether the Pod, or its container main, says who it runs as.
func userGiven(raw v1alpha1.PodSettings) bool {
	spec, err := v1alpha1.DecodePodSpec(raw)
	if err != nil {
		return true
	}
	if spec.SecurityContext != nil && (spec.SecurityContext.RunAsUser != nil || spec.SecurityContext.RunAsNonRoot != nil) {
		return true
	}
	for _, c := range spec.Containers {
		if c.Name == v1alpha1.MainContainer && c.SecurityContext != nil && (c.SecurityContext.RunAsUser != nil || c.SecurityContext.RunAsNonRoot != nil) {
			return true
		}
	}
	return false
}

// parallelism warns of a zero that was written down.
func (w *warner) parallelism(root *yamltree.Value) {
	if v := root.Get("parallelism"); v != nil && v.Kind == yamltree.Number && slices.Contains([]string{"0", "-0"}, v.JSON) {
		w.WarnAtValue(v, "0 is no limit: leave parallelism out if that is meant, or write parallelism: 1 for one step at a time")
	}
}
