package expr

import (
	"maps"
	"slices"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/decls"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/ext"
)

const (
	// maxNodes bounds the nodes of an expression's tree, those of macros among them.
	maxNodes = 20_000
	// maxDepth bounds the depth of the tree: a sum of so many terms is as deep.
	maxDepth = 250
)

// language is CEL as expressions have it.
type language struct {
	env   *cel.Env
	meter *meter
}

// celLanguage is made once, for all pipelines: names are resolved before CEL reads an expression.
var celLanguage = sync.OnceValues(func() (*language, error) {
	library, err := cel.NewCustomEnv(cel.StdLib(), ext.Strings(), ext.Lists(), ext.Math())
	if err != nil {
		return nil, err
	}
	m := &meter{}
	functions, err := m.functions(library.Functions())
	if err != nil {
		return nil, err
	}
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, err
	}
	env, err := cel.NewCustomEnv(
		cel.VariableDecls(library.Variables()...),
		cel.Macros(append(library.Macros(), comparisons()...)...),
		cel.ASTValidators(library.Validators()...),
		cel.FunctionDecls(functions...),
		cel.CustomTypeProvider(provider{registry}),
		cel.Variable(root, cel.ObjectType(root)),
		cel.CrossTypeNumericComparisons(true),
		cel.EnableIdentifierEscapeSyntax(),
		cel.DefaultUTCTimeZone(true),
		cel.ParserExpressionSizeLimit(4*maxExpression),
		cel.ParserRecursionLimit(maxDepth),
		cel.ExpressionNodeLimit(maxNodes),
	)
	return &language{env, m}, err
})

// functions returns the functions of CEL's libraries, with those guarded whose work depends on the size of what they are given, and
// with arithmetic and equality of Stepherd's own.
func (m *meter) functions(library map[string]*decls.FunctionDecl) ([]*decls.FunctionDecl, error) {
	all := []*decls.FunctionDecl{}
	for _, name := range slices.Sorted(maps.Keys(library)) {
		made, err := m.bound(library[name])
		if err != nil {
			return nil, err
		}
		all = append(all, made)
	}
	for _, name := range []string{equal, unequal} {
		made, err := m.equality(name)
		if err != nil {
			return nil, err
		}
		all = append(all, made)
	}
	return all, nil
}

// plan returns what evaluates a checked expression.
func (l *language) plan(checked *cel.Ast) (cel.Program, error) {
	return l.env.Program(checked, cel.CustomDecoratorV2(l.meter.count))
}
