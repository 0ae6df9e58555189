package reference

import (
	"fmt"
	"strconv"
	"strings"
)

// width is where lines are broken, as kubectl explain breaks them.
const width = 80

// Explain returns what there is to know of a place, in the manner of kubectl explain. Version is the apiVersion of the file.
func (r *Reference) Explain(at Place, version string) string {
	var out strings.Builder
	fmt.Fprintf(&out, "KIND:       %s\nVERSION:    %s\n", r.Root().Name, version)
	if at.Field != nil {
		fmt.Fprintf(&out, "\nFIELD: %s <%s>%s\n", at.Path, at.Field.Type, required(at.Field))
		writeWords(&out, r.words(at.Field))
	}
	out.WriteString("\nDESCRIPTION:\n")
	paragraphs := r.paragraphs(at)
	for i, text := range paragraphs {
		if i > 0 {
			out.WriteString("\n")
		}
		writeWrapped(&out, "    ", text)
	}
	if at.Type != nil && len(at.Type.Fields) > 0 {
		out.WriteString("\nFIELDS:\n")
		for i := range at.Type.Fields {
			r.writeField(&out, &at.Type.Fields[i])
		}
	}
	return out.String()
}

// paragraphs are the texts of the field and of its type, with what machines know of both.
func (r *Reference) paragraphs(at Place) []string {
	var out []string
	add := func(texts ...string) {
		for _, text := range texts {
			if text != "" {
				out = append(out, text)
			}
		}
	}
	var ofType string
	if at.Type != nil {
		ofType = plain(at.Type.Doc)
	}
	if at.Field == nil {
		return []string{ofType}
	}
	if own := plain(at.Field.Doc); !strings.HasPrefix(ofType, own) {
		add(own)
	}
	add(ofType)
	for _, fact := range r.Facts(at.Field) {
		if fact.Name != factEnum { // its words stand above
			add(fact.Sentence())
		}
	}
	if at.Field.Example != "" {
		add("Example: " + at.Field.Name + ": " + at.Field.Example)
	}
	if at.Type != nil && at.Type.Kubectl != "" {
		add("See: kubectl explain " + at.Type.Kubectl)
	}
	return out
}

func (r *Reference) writeField(out *strings.Builder, f *Field) {
	fmt.Fprintf(out, "  %s\t<%s>%s\n", f.Name, f.Type, required(f))
	for _, fact := range r.Facts(f) {
		if fact.Name != "" {
			fmt.Fprintf(out, "  %s: %s\n", fact.Name, fact.Text)
		}
	}
	writeWrapped(out, "    ", plain(f.Doc))
	out.WriteString("\n")
}

func required(f *Field) string {
	if f.Required {
		return " -required-"
	}
	return ""
}

// Fact is one thing that machines know of a field, for readers.
type Fact struct {
	Name, Text string // a sentence has no name
}

const factEnum = "enum"

// Sentence is the fact for itself.
func (f Fact) Sentence() string {
	if f.Name == "" {
		return f.Text
	}
	return strings.ToUpper(f.Name[:1]) + f.Name[1:] + ": " + f.Text
}

// Facts are what machines know of a field, but its example.
func (r *Reference) Facts(f *Field) []Fact {
	var out []Fact
	add := func(name, text string) {
		if text != "" {
			out = append(out, Fact{name, text})
		}
	}
	var words []string
	for _, w := range r.words(f) {
		words = append(words, w.Word)
	}
	add(factEnum, strings.Join(words, ", "))
	add("default", f.Default)
	add("range", f.Bounds())
	if alternative := r.Alternative(f); alternative != "" {
		add("or", "<"+alternative+">")
	}
	add("", f.Expressions.Sentence())
	return out
}

// words are the values that a field may have, if they are few.
func (r *Reference) words(f *Field) []Word {
	var out []Word
	for _, w := range f.Enum {
		out = append(out, Word{Word: w})
	}
	name, _ := Element(f.Type)
	if t := r.Type(name); t != nil && len(out) == 0 {
		out = t.Words
	}
	return out
}

// Bounds are the numbers between which a value must be, in words; empty if there are none.
func (f *Facts) Bounds() string {
	number := func(n *float64) string { return strconv.FormatFloat(*n, 'g', -1, 64) }
	switch {
	case f.ExclusiveMinimum != nil && f.Maximum != nil:
		return "above " + number(f.ExclusiveMinimum) + ", at most " + number(f.Maximum)
	case f.Minimum != nil && f.Maximum != nil:
		return number(f.Minimum) + " to " + number(f.Maximum)
	case f.Minimum != nil:
		return "at least " + number(f.Minimum)
	}
	return ""
}

func writeWords(out *strings.Builder, words []Word) {
	if len(words) == 0 {
		return
	}
	out.WriteString("ENUM:\n")
	for _, w := range words {
		text := w.Word
		if w.Doc != "" {
			text += ": " + plain(w.Doc)
		}
		writeWrapped(out, "    ", text)
	}
}

// plain is a text without the marks of markdown.
func plain(markdown string) string { return strings.ReplaceAll(markdown, "`", "") }

// writeWrapped breaks a text between words; a line break in it stays one.
func writeWrapped(out *strings.Builder, indent, text string) {
	for paragraph := range strings.SplitSeq(text, "\n") {
		length := 0
		for _, word := range strings.Fields(paragraph) {
			switch {
			case length == 0:
				out.WriteString(indent)
				length = len(indent)
			case length+1+len(word) > width:
				out.WriteString("\n" + indent)
				length = len(indent)
			default:
				out.WriteString(" ")
				length++
			}
			out.WriteString(word)
			length += len(word)
		}
		if length > 0 {
			out.WriteString("\n")
		}
	}
}
