package warnings

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/validate"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

// warner reports what is allowed but probably not meant: a literal that looks like a credential, an image whose tag may move,
// memory of less than a byte, a timeout or onOOM that cannot come into play, an archive that only one node has.
type warner struct {
	*yamltree.Collector
	tree *yamltree.Value
	seen map[string]bool // images, and places in the pipeline's settings, already warned about
}

// Collect adds the warnings about a pipeline without problems, which was decoded from the tree.
func Collect(p *v1alpha1.Pipeline, root *yamltree.Value, c *yamltree.Collector) {
	w := &warner{Collector: c, tree: root, seen: map[string]bool{}}
	w.pipeline(p)
}

func (w *warner) pipeline(p *v1alpha1.Pipeline) {
	var root *yamltree.Path
	w.parallelism(w.tree)
	w.templates(w.tree, false)
	w.archive(root.Field("logs"), &p.Logs)
	w.pod(root.Fields("driver", "podSettings"), p.Driver.PodSettings)
	w.image(root.Fields("driver", "image"), p.Driver.Image, p.Driver.ImagePullPolicy)
	w.memory(root.Fields("driver", "resources"), p.Driver.Resources)
	w.settings(root.Field("settings"), &p.Settings, p.Settings.ImagePullPolicy)
	for at, s := range yamltree.Steps(p) {
		w.words(at.Field("command"), s.Command)
		w.words(at.Field("args"), s.Args)
		w.programs(at, s)
		w.references(at, p, s)
		w.restricted(at.Field("settings"), p, s)
		policy := s.Settings.ImagePullPolicy
		if policy == "" {
			policy = p.Settings.ImagePullPolicy
		}
		w.settings(at.Field("settings"), &s.Settings, policy)
		w.policy(at.Field("settings"), p, s)
		w.programTexts(at, s)
		w.script(at, s)
		w.results(at, p, s)
	}
	w.finally(p)
	w.dollars(p)
	w.podNames(p)
}

// warn warns about a place.
func (w *warner) warn(at *yamltree.Path, format string, args ...any) {
	deepest, shown, _ := at.Find(w.tree)
	line, column := deepest.Place()
	w.Collector.Warn(yamltree.Problem{Line: int(line), Column: int(column), Path: shown, Message: fmt.Sprintf(format, args...)})
}

func (w *warner) settings(at *yamltree.Path, s *v1alpha1.Settings, policy corev1.PullPolicy) {
	w.image(at.Field("image"), s.Image, policy)
	w.memory(at.Field("resources"), s.Resources)
	w.env(at.Field("env"), s.Env)
	w.pod(at.Field("podSettings"), s.PodSettings)
}

// image warns of a tag that may mean another image by the time of the next step. Who has set a pull policy has thought
// about it.
func (w *warner) image(at *yamltree.Path, image string, policy corev1.PullPolicy) {
	_, tag, digest := validate.SplitImage(image)
	if image == "" || policy != "" || digest != nil || tag != nil && *tag != "latest" || w.seen[image] {
		return
	}
	w.seen[image] = true
	w.warn(at, "%s may be another image at the next step: give it a tag of its own, or a digest", wording.Quote(image))
}

// memory warns of 512m, which is half a byte and was meant as 512Mi.
func (w *warner) memory(at *yamltree.Path, r *v1alpha1.Resources) {
	if r == nil {
		return
	}
	small := func(at *yamltree.Path, q resource.Quantity) {
		if q.Sign() > 0 && q.CmpInt64(1<<20) < 0 {
			w.warn(at, "%s is less than 1 MiB of memory: did you mean %sMi?", q.String(), strings.TrimSuffix(q.String(), "m"))
		}
	}
	if r.Memory != nil {
		small(at.Field("memory"), *r.Memory)
	}
	small(at.Fields("requests", "memory"), r.Requests[corev1.ResourceMemory])
	small(at.Fields("limits", "memory"), r.Limits[corev1.ResourceMemory])
}

func (w *warner) pod(at *yamltree.Path, raw v1alpha1.PodSettings) {
	w.containers(at, raw, func(at *yamltree.Path, c *corev1.Container) { w.env(at.Field("env"), c.Env) })
}

func (w *warner) env(at *yamltree.Path, env []corev1.EnvVar) {
	for i, e := range env {
		if secretValue(e.Value) || secretName(e.Name) && !harmless(e.Value) {
			w.warn(at.At(i), "%s looks like a credential, and everybody who may read Jobs or Pods can read it: use valueFrom: {secretKeyRef: {name: ..., key: ...}}", wording.Quote(e.Name))
		}
	}
}

func (w *warner) words(at *yamltree.Path, words []string) {
	for i, word := range words {
		if secretValue(word) {
			w.warn(at.At(i), "this looks like a credential, and everybody who may read Jobs or Pods can read it: give it by env with valueFrom: {secretKeyRef: ...}")
		}
	}
}

// secretWords make a variable's name that of a credential, secretPairs when they follow one another.
var (
	secretWords = []string{"password", "passwd", "passphrase", "secret", "token", "credential", "credentials", "apikey", "pat"}
	secretPairs = []string{"api key", "access key", "private key", "secret key", "account key", "auth key"}
	// notSecret end a name that is about a credential but is none.
	notSecret = []string{"file", "path", "dir", "name", "url", "uri", "id", "type", "ttl", "count", "length", "limit", "size", "enabled", "mount", "ref", "endpoint", "provider"}
)

// secretName takes a name apart at _ - and . so that TOKENIZERS_PARALLELISM and MAX_TOKENS are none.
func secretName(name string) bool {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '_' || r == '-' || r == '.' })
	if len(words) == 0 || slices.Contains(notSecret, words[len(words)-1]) {
		return false
	}
	for i, word := range words {
		if slices.Contains(secretWords, word) || i > 0 && slices.Contains(secretPairs, words[i-1]+" "+word) {
			return true
		}
	}
	return false
}

// plainValue is what no credential is: a number, a switch, a path, a reference to another variable.
var plainValue = regexp.MustCompile(`^(|[0-9.]{1,5}|true|false|yes|no|on|off|none|null|/.*|\$\([A-Za-z0-9_.-]+\))$`)

func harmless(value string) bool { return plainValue.MatchString(strings.ToLower(value)) }

// secretValue knows credentials that have a form of their own.
func secretValue(value string) bool { return len(value) >= 12 && secretForms.MatchString(value) }

var secretForms = regexp.MustCompile(strings.Join([]string{
	`\bA(?:KIA|SIA)[0-9A-Z]{16}\b`,                 // AWS
	`\bgh[pousr]_[A-Za-z0-9]{36}`,                  // GitHub
	`\bgithub_pat_[A-Za-z0-9_]{22}`,                //
	`\bglpat-[A-Za-z0-9_-]{20}`,                    // GitLab
	`\bxox[abprs]-[A-Za-z0-9-]{10}`,                // Slack
	`\bAIza[A-Za-z0-9_-]{35}`,                      // Google
	`\bhf_[A-Za-z0-9]{30}`,                         // Hugging Face
	`\bsk-[A-Za-z0-9_-]{20}`,                       // OpenAI and others
	`-----BEGIN [A-Z ]*PRIVATE KEY-----`,           //
	`\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]+\.`, // JSON Web Token
	`://[^/\s:@$]+:[^/\s:@$]+@`,                    // a password in a URL
}, "|"))
