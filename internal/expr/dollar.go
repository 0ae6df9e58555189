package expr

import "strings"

// double returns a text that arrives in a program as it is: the kubelet turns every $$ into $.
func double(text string) string { return strings.ReplaceAll(text, "$", "$$") }

// ambiguous returns what is wrong with a constant text directly before an expression: the kubelet would read its end together with
// the expression's value. It reads as Expand does in third_party/forked/golang/expansion of Kubernetes: behind a $ a second one is
// skipped, $(NAME) is a variable up to the next bracket, and any other character is skipped.
func ambiguous(text string) *Fault {
	for at := 0; at < len(text); at++ {
		if text[at] != '$' {
			continue
		}
		switch rest := text[at+1:]; {
		case rest == "":
			return &Fault{at, "a $ directly before ${{ is ambiguous, since Kubernetes turns $$ into $: write $$ for one $"}
		case rest[0] == '(':
			length := strings.IndexByte(rest, ')')
			if length < 0 {
				return &Fault{at, "this $( is not closed before the expression, whose value Kubernetes would read as a part of a variable's name: " +
					"write $$( for a $( of the program's own"}
			}
			at += 1 + length
		default:
			at++
		}
	}
	return nil
}
