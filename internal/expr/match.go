package expr

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"sync"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

const (
	matches = "matches"
	// maxPattern is the longest regular expression, in bytes.
	maxPattern = 1 << 10
	// maxPatterns bounds the patterns that are kept.
	maxPatterns = 100
	// stepsOfUnit is how many steps of a matching are one unit.
	stepsOfUnit = 20
)

// pattern is a compiled regular expression and the size of its program, by which a match takes longer.
type pattern struct {
	*regexp.Regexp
	size int
	err  error
}

// patterns keeps what was compiled last, so that an expression that matches every element of a list compiles once.
type patterns struct {
	mutex sync.Mutex
	known map[string]pattern
}

var compiled = patterns{known: map[string]pattern{}}

func (p *patterns) get(text string) pattern {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if known, has := p.known[text]; has {
		return known
	}
	if len(p.known) == maxPatterns {
		clear(p.known)
	}
	p.known[text] = compilePattern(text)
	return p.known[text]
}

func compilePattern(text string) pattern {
	if len(text) > maxPattern {
		return pattern{err: fmt.Errorf("the regular expression has %d bytes, and can have %d", len(text), maxPattern)}
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return pattern{err: err}
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return pattern{err: err}
	}
	made, err := regexp.Compile(text)
	return pattern{Regexp: made, size: len(program.Inst), err: err}
}

// match reports whether a string matches a regular expression.
func match(text, expression ref.Val) ref.Val {
	s, is := text.(types.String)
	p, both := expression.(types.String)
	if !is || !both {
		return types.MaybeNoSuchOverloadErr(expression)
	}
	known := compiled.get(string(p))
	if known.err != nil {
		return types.WrapErr(known.err)
	}
	return types.Bool(known.MatchString(string(s)))
}

// workOfMatch is the length of the text times the size of the program, and what it takes to compile that.
func workOfMatch(args []ref.Val) int {
	p, _ := args[1].(types.String)
	size := compiled.get(string(p)).size
	return 1 + 4*size + product(1+flat(args[0]), size)/stepsOfUnit
}
