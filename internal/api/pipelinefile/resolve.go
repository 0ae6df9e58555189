package pipelinefile

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	kjson "sigs.k8s.io/json"

	"github.com/stepherd/stepherd/internal/api/parameters"
	"github.com/stepherd/stepherd/internal/api/typecheck"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/validate"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
	"github.com/stepherd/stepherd/internal/expr"
)

// resolver gives the parameters their values, and puts the values of expressions into the tree where they must be known before the
// run is submitted.
type resolver struct {
	*yamltree.Collector
	root    *yamltree.Value
	shapes  typecheck.Shapes
	options Options

	declared []v1alpha1.Parameter
	values   map[string]v1alpha1.Value // of all parameters that have one
	missing  []string
	// wrong are parameters whose value is reported, so that it is not known.
	wrong map[string]bool

	// Both are nil until the first expression.
	env  *expr.Env
	fact *expr.Values
}

// resolve is called when parameters and arguments were checked, and nothing else was.
func (r *resolver) resolve() {
	var file struct {
		Metadata   struct{ Name string }
		Parameters []v1alpha1.Parameter
		Arguments  map[string]v1alpha1.Value
	}
	r.part("parameters", &file.Parameters)
	r.part("arguments", &file.Arguments)
	r.declared = file.Parameters
	r.wrong = map[string]bool{}
	given := parameters.Resolve(r.declared, r.options.Given, r.Collector)
	for i := range r.declared {
		r.decide(i, given, file.Arguments)
	}
	(&placeFinder{r.Collector, r.shapes, r.substitute}).file(r.root)
}

// part decodes the value of a key at the top of the file, without what is broken.
func (r *resolver) part(key string, into any) {
	if v := r.root.Get(key); v != nil && !v.Broken && v.Kind != yamltree.Null {
		_ = kjson.UnmarshalCaseSensitivePreserveInts(v.AppendJSON(nil, false), into) // the whole file is decoded strictly later
	}
}

// decide finds the value of a parameter: what is given from outside wins over the file's argument, and that over the default.
func (r *resolver) decide(i int, given, arguments map[string]v1alpha1.Value) {
	p := &r.declared[i]
	if p.Name == "" || r.root.Get("parameters").Items[i].Wrong() || len(parameters.Declaration(p)) > 0 {
		r.wrong[p.Name] = true
		return
	}
	value, isGiven := given[p.Name]
	argument := r.root.Get("arguments").Get(p.Name)
	switch {
	case isGiven:
	case argument != nil:
		value = arguments[p.Name]
	case p.Default != nil:
		value = p.Default
	case r.root.Get("arguments").Wrong() || slices.Contains(r.missing, p.Name):
		r.wrong[p.Name] = true
		return
	default:
		r.missing = append(r.missing, p.Name)
		return
	}
	if value != nil {
		value, _ = parameters.Check(p, value) // what is wrong is reported where it stands
	}
	if value == nil {
		r.wrong[p.Name] = true
		return
	}
	if r.values == nil {
		r.values = map[string]v1alpha1.Value{}
	}
	r.values[p.Name] = value
}

// reportMissing reports parameters without a value, or warns of them where the values may come later.
func (r *resolver) reportMissing(p *v1alpha1.Pipeline) {
	for i := range p.Parameters {
		name := p.Parameters[i].Name
		if len(r.missing) == 0 || r.missing[0] != name {
			continue
		}
		r.missing = r.missing[1:]
		at := r.root.Get("parameters").Items[i]
		if r.options.Partial {
			r.WarnAtValue(at, "parameter %s has no value, so that what depends on it was not checked: give it with --param %s=...", wording.Quote(name), name)
			continue
		}
		r.AtValue(at, "parameter %s has no value: give it with --param %s=..., or write arguments: {%s: ...}, or a default", wording.Quote(name), name, name)
	}
}

// substitute puts the value of a text with expressions in its place. The place stays that of the text.
func (r *resolver) substitute(v *yamltree.Value) {
	if r.env == nil && !r.newEnv(v) {
		return
	}
	text, faults := r.env.Text(v.Text, expr.Place{Submit: true})
	for _, f := range faults {
		r.AtOffset(v, f.Offset, "%s", f.Message)
	}
	if len(faults) > 0 || r.unknown(v.Text) {
		v.Broken = true
		return
	}
	if r.fact == nil {
		r.fact = r.known()
	}
	value, err := text.Value(r.fact)
	if err != nil {
		r.AtOffset(v, strings.Index(v.Text, "${{"), "%s", err)
		v.Broken = true
		return
	}
	r.put(v, value)
}

func (r *resolver) newEnv(v *yamltree.Value) bool {
	env, err := expr.NewEnv(validate.Scope(&v1alpha1.Pipeline{Parameters: r.declared, Steps: r.steps()}))
	if err != nil {
		r.AtValue(v, "%s", err)
		v.Broken = true
		return false
	}
	r.env = env
	return true
}

// steps are the steps of the file, as far as messages name them.
func (r *resolver) steps() []v1alpha1.Step {
	var out []v1alpha1.Step
	for _, key := range stepLists {
		list := r.root.Get(key)
		if list == nil {
			continue
		}
		for _, item := range list.Items {
			step := v1alpha1.Step{Name: textOf(item.Get("name"))}
			if results := item.Get("results"); results != nil {
				for _, result := range results.Items {
					step.Results = append(step.Results, v1alpha1.Result{Name: textOf(result.Get("name"))})
				}
			}
			out = append(out, step)
		}
	}
	return out
}

func textOf(v *yamltree.Value) string {
	if v == nil || v.Kind != yamltree.String {
		return ""
	}
	return v.Text
}

// unknown reports whether a text may use a parameter whose value is not known.
func (r *resolver) unknown(text string) bool {
	for _, name := range r.missing {
		if strings.Contains(text, name) {
			return true
		}
	}
	for name := range r.wrong {
		if name != "" && strings.Contains(text, name) {
			return true
		}
	}
	return false
}

// known is what can be said of a run before it is submitted.
func (r *resolver) known() *expr.Values {
	values := make(map[string]json.RawMessage, len(r.values))
	for name, value := range r.values {
		values[name] = json.RawMessage(value)
	}
	out := &expr.Values{Parameters: values}
	out.Run.Pipeline = textOf(r.root.Get("metadata").Get("name"))
	return out
}

// put replaces a text by a value of its own type.
func (r *resolver) put(v *yamltree.Value, value any) {
	switch value := value.(type) {
	case string:
		v.Text = value
	case bool:
		v.Kind, v.Text = yamltree.Bool, strconv.FormatBool(value)
		v.JSON = v.Text
	case int64:
		v.Kind, v.Text = yamltree.Number, strconv.FormatInt(value, 10)
		v.JSON = v.Text
	case float64:
		if math.IsInf(value, 0) || math.IsNaN(value) {
			r.AtValue(v, "the value of the expression is %v, which is no number", value)
			v.Broken = true
			return
		}
		v.Kind, v.Text = yamltree.Number, strconv.FormatFloat(value, 'g', -1, 64)
		v.JSON = v.Text
	default:
		r.AtValue(v, "the value of the expression is %s, where a text or a number is wanted", kindOf(value))
		v.Broken = true
		return
	}
	if texts[v.Key()] {
		v.Kind = yamltree.String
	}
	if expr.HasExpression(v.Text) {
		r.AtValue(v, "the value of the expression has ${{ in it, and is not evaluated again: remove it from the value")
		v.Broken = true
	}
}

// texts are the keys under which a number is taken for its text.
var texts = map[string]bool{"image": true, "workingDir": true, "resource": true}

func kindOf(value any) string {
	switch value.(type) {
	case []any:
		return "a list"
	case map[string]any:
		return "a mapping"
	case nil:
		return "null"
	}
	return fmt.Sprintf("%T", value)
}
