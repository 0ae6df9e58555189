package typecheck

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
	"github.com/stepherd/stepherd/internal/suggest"
)

// otherWords are what other tools call our keys.
var otherWords = map[string]string{
	"runafter": "needs", "dependenttasks": "needs", "waitfor": "needs", "upstream": "needs",
	"workingdirectory": "workingDir", "workdir": "workingDir", "taskid": "name", "stepname": "name", "containername": "name",
	"timeoutminutes": "timeout", "executiontimeout": "timeout", "cpus": "cpu", "memlimit": "memory", "cpucount": "cpu", "gpucount": "gpu", "gpus": "gpu",
	"dependson": "needs", "dependencies": "needs", "dependency": "needs", "requires": "needs", "after": "needs",
	"nodeselectors": "nodeSelector", "nodeselectorterms": "affinity", "maxparallelism": "parallelism", "concurrency": "parallelism",
	"retries": "retry", "retrystrategy": "retry", "retrypolicy": "retry", "maxretries": "limit", "retrylimit": "limit", "backofflimit": "limit",
	"activedeadlineseconds": "timeout", "timeoutseconds": "timeout", "deadline": "timeout",
	"options": "enum", "choices": "enum", "allowedvalues": "enum", "min": "minimum", "max": "maximum", "regex": "pattern", "regexp": "pattern", "help": "description", "defaultvalue": "default", "value": "default",
	"environment": "env", "ttlsecondsafterfinished": "ttl", "ttlstrategy": "ttl", "serviceaccount": "serviceAccountName", "tasks": "steps", "cmd": "command", "entrypoint": "command", "jobs": "steps", "services": "steps", "stages": "steps",
}

// unknownKey is the sentence for a key that t does not have, and the key that was meant, if it is one of t's, or the way
// to it.
func (s Shapes) unknownKey(f *yamltree.Field, t reflect.Type) (message string, meant []string) {
	names := s.Of(t).Names
	message = fmt.Sprintf("unknown key %s", wording.Quote(f.Key))
	way := s.meant(f.Key, t)
	switch {
	case len(way) == 1 && strings.EqualFold(way[0], f.Key):
		return message + fmt.Sprintf("; keys are case-sensitive: did you mean %q?", way[0]), way
	case len(way) > 1:
		return message + " here; write " + s.nested(way, f.Value, t), way
	case way != nil:
		return message + fmt.Sprintf("; did you mean %q?", way[0]), way
	case len(names) <= fewNames:
		return message + "; known here are " + strings.Join(names, ", "), nil
	}
	return message, nil
}

// nested is a value where it belongs, as `settings: {podSettings: {nodeSelector: {pool: gpu}}}`, and in the form that it must
// have there.
func (s Shapes) nested(way []string, v *yamltree.Value, t reflect.Type) string {
	for _, key := range way[:len(way)-1] {
		t = settingsBelow(s.Of(t).Types[key])
	}
	text := yamltree.Flow(v)
	if hint := formHint(v, s.Of(t).Types[way[len(way)-1]]); hint != "" {
		_, text, _ = strings.Cut(hint, ": ")
	}
	for i := len(way) - 1; i > 0; i-- {
		text = "{" + way[i] + ": " + text + "}"
	}
	return way[0] + ": " + text
}

// formHint is what to write for a value that has not the form that its type wants; empty if it has, or that is not clear.
func formHint(v *yamltree.Value, t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == typeDuration && v.Kind == yamltree.Number && strings.HasSuffix(suggest.Fold(v.Name), "minutes"):
		return "write " + v.Key() + ": " + v.Text + "m"
	case t == typeDuration && v.Kind == yamltree.Number:
		return "write " + v.Key() + ": " + v.Text + "s"
	case t.Kind() == reflect.Slice && v.Kind != yamltree.List && v.Kind != yamltree.Null && t != typePodSettings:
		return listHint(v, t.Elem())
	case t.Kind() == reflect.Slice && v.Kind == yamltree.List && t.Elem().Kind() == reflect.Struct:
		return itemsHint(v, t.Elem())
	case t.Kind() == reflect.Struct && v.Kind != yamltree.Object:
		return objectHint(v, t)
	}
	return ""
}

// fewNames is how many known keys are listed where nothing is near.
const fewNames = 24

// meant is the way to the key that was probably meant: the same word here, the same word elsewhere, a like word here.
func (s Shapes) meant(key string, t reflect.Type) []string {
	names := s.Of(t).Names
	if same := spelled(key, names); same != "" {
		return []string{same}
	}
	if way := s.elsewhere(key, t); way != nil {
		return way
	}
	if near := suggest.Closest(key, names); near != "" {
		return []string{near}
	}
	return nil
}

// elsewhere looks for the key below fields of our own types: image of a step belongs under its settings, nodeSelector
// under their podSettings.
func (s Shapes) elsewhere(key string, t reflect.Type) []string {
	if t.PkgPath() != ownPackage {
		return nil
	}
	shape := s.Of(t)
	for _, name := range shape.Names {
		below := settingsBelow(shape.Types[name])
		if below == nil {
			continue
		}
		if near := spelled(key, s.Of(below).Names); near != "" {
			return []string{name, near}
		}
		if way := s.elsewhere(key, below); way != nil {
			return append([]string{name}, way...)
		}
	}
	return nil
}

// spelled is the name that is the same word, or what other tools call it.
func spelled(key string, names []string) string {
	word := suggest.Fold(key)
	for _, n := range names {
		if suggest.Fold(n) == word || n == otherWords[word] {
			return n
		}
	}
	return ""
}
