package expr

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
)

// operatorNames are the operators by the names of CEL's functions.
var operatorNames = map[string]string{
	"_+_": "+", "_-_": "-", "_*_": "*", "_/_": "/", "_%_": "%", "-_": "-", "!_": "!", "_&&_": "&&", "_||_": "||",
	"_<_": "<", "_<=_": "<=", "_>_": ">", "_>=_": ">=", equal: "==", unequal: "!=", "@in": "in", "_[_]": "[]", "_?_:_": "?:",
}

// notApplicable returns the sentence on a function and the types that it does not take: `(int, string)`, or `int.(string)` of a
// function behind a dot.
func notApplicable(function, signature string) string {
	target, rest, behind := strings.Cut(signature, ".(")
	if !behind {
		target, rest = "", strings.TrimPrefix(signature, "(")
	}
	args := typeWords(strings.TrimSuffix(rest, ")"))
	name, operator := operatorNames[function]
	switch {
	case name == "?:" && len(args) == 3 && args[1] == args[2]:
		return "what stands before ? must be a boolean, and is " + article(args[0])
	case name == "?:" && len(args) == 3:
		return "the values of ? : must have one type, and are " + article(args[1]) + " and " + article(args[2])
	case name == "[]" && len(args) == 2:
		return article(args[0]) + " has no element by " + article(args[1])
	case operator && len(args) == 2:
		return name + " does not work on " + article(args[0]) + " and " + article(args[1]) + hint(name, args)
	case operator:
		return name + " does not work on " + article(strings.Join(args, " and "))
	case behind:
		return function + "() of " + article(typeWord(target)) + " does not take (" + strings.Join(args, ", ") + ")"
	}
	return strings.NewReplacer("@max", "greatest", "@min", "least").Replace(function) + "() does not take (" + strings.Join(args, ", ") + ")"
}

// hint returns what to do where one of two operands is a string.
func hint(operator string, args []string) string {
	if operator == "+" && args[0] != args[1] && slices.Contains(args, "string") {
		return "; write string(...) around the value that is no string"
	}
	return ""
}

// typeWords splits a list of types at the commas that are in no brackets.
func typeWords(list string) []string {
	var all []string
	depth, start := 0, 0
	for i := range len(list) + 1 {
		switch {
		case i == len(list), list[i] == ',' && depth == 0:
			if one := strings.TrimSpace(list[start:i]); one != "" {
				all = append(all, typeWord(one))
			}
			start = i + 1
		case list[i] == '(':
			depth++
		case list[i] == ')':
			depth--
		}
	}
	return all
}

// typeWord is the name of one of CEL's types as a pipeline writes it.
func typeWord(cel string) string {
	switch name, _, _ := strings.Cut(cel, "("); name {
	case "bool", "wrapper(bool)":
		return "boolean"
	case "int", "uint":
		return "integer"
	case "double":
		return "number"
	case "list":
		return "array"
	case "map":
		return "object"
	case "dyn", "any":
		return "value of any type"
	case "google.protobuf.Timestamp":
		return "timestamp"
	case "google.protobuf.Duration":
		return "duration"
	case "null_type":
		return "null"
	case "type":
		return name
	}
	return cel
}

func typeName(t *cel.Type) string { return typeWord(t.String()) }

func article(noun string) string {
	switch {
	case noun == "null":
		return noun
	case strings.ContainsAny(noun[:min(1, len(noun))], "aeiou"):
		return "an " + noun
	}
	return "a " + noun
}

// functionNames are the functions and macros that can be called by name.
var functionNames = sync.OnceValue(func() []string {
	l, err := celLanguage()
	if err != nil {
		return nil
	}
	names := map[string]bool{"succeeded": true, "failed": true, "always": true, "math.greatest": true, "math.least": true}
	for name := range l.env.Functions() {
		names[name] = !strings.ContainsAny(name, "@_")
	}
	for _, m := range l.env.Macros() {
		names[m.Function()] = !strings.ContainsAny(m.Function(), "@_") || m.Function() == "exists_one"
	}
	maps.DeleteFunc(names, func(_ string, can bool) bool { return !can })
	return slices.Sorted(maps.Keys(names))
})
