// Package warnings finds what a pipeline may say but probably does not mean: a literal that looks like a credential, an image
// whose tag may move, a variable that nothing sets, a limit that cannot come into play.
//
// Invariants: it is pure; a pipeline with warnings is valid; one mistake draws one warning.
package warnings
