package expr

import (
	"maps"
	"slices"
	"strconv"
	"strings"
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

// celTypes are the types as CEL knows them. What is inside an array or object is not declared.
var celTypes = map[Type]*cel.Type{
	String:  cel.StringType,
	Integer: cel.IntType,
	Number:  cel.DoubleType,
	Boolean: cel.BoolType,
	Array:   cel.ListType(cel.DynType),
	Object:  cel.MapType(cel.StringType, cel.DynType),
}

// provider tells CEL the type of each reference, which is in its name.
type provider struct{ types.Provider }

// FindStructType returns the type of root.
func (p provider) FindStructType(name string) (*types.Type, bool) {
	if name == root {
		return types.NewTypeTypeWithParam(types.NewObjectType(root)), true
	}
	return p.Provider.FindStructType(name)
}

// FindStructFieldType returns the type of a reference, and how its value is looked up.
func (p provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	if name != root {
		return p.Provider.FindStructFieldType(name, field)
	}
	typ, number, _ := strings.Cut(field, "/")
	n, err := strconv.Atoi(number)
	known, has := celTypes[Type(typ)]
	if err != nil || !has {
		return nil, false
	}
	return &types.FieldType{
		Type:    known,
		IsSet:   func(of any) bool { return of.(*lookup).isSet(n) },
		GetFrom: func(of any) (any, error) { return of.(*lookup).value(n) },
	}, true
}
