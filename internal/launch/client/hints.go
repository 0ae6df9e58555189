package client

import "strings"

// Hints writes command lines that the user can run next.
type Hints struct {
	// Program is the name under which the launcher was started.
	Program string
	// Flags lead to the same cluster and namespace as this call: -n NS, --context C.
	Flags []string
}

// Command is the program with words and the flags that lead to the same place.
func (h Hints) Command(words ...string) string {
	return h.Bare(append(append([]string{}, words...), h.Flags...)...)
}

// Bare is the program with words alone.
func (h Hints) Bare(words ...string) string {
	quoted := make([]string, 0, len(words)+1)
	quoted = append(quoted, h.Program)
	for _, w := range words {
		quoted = append(quoted, quote(w))
	}
	return strings.Join(quoted, " ")
}

// quote makes one word of a POSIX shell.
func quote(w string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@=+,%", r)
	}
	if w != "" && strings.IndexFunc(w, func(r rune) bool { return !plain(r) }) < 0 {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}
