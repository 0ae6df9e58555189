package validate

import (
	"regexp"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

// inheritedTexts are the settings for which an empty text means the same as none: the pipeline's value, or a default.
var inheritedTexts = []string{"image", "imagePullPolicy", "workingDir", "security", "serviceAccountName"}

// emptyTexts finds them in JSON: only the tree tells an empty text from none.
var emptyTexts = regexp.MustCompile(`"(?:image|imagePullPolicy|workingDir|security|serviceAccountName|script|when)"\s*:\s*""`)

// HasEmptyText reports whether JSON may have a setting that is an empty text.
func HasEmptyText(data []byte) bool { return emptyTexts.Match(data) }

// emptyRules finds texts that are there and empty.
type emptyRules struct{ *validator }

// notEmpty refuses texts that are there and empty: a step with image: "" would silently run the pipeline's image.
func (v emptyRules) notEmpty(at *yamltree.Path, instead string) {
	if v.tree == nil {
		return
	}
	for _, key := range inheritedTexts {
		v.noEmptyText(at, key, instead)
	}
}

func (v emptyRules) noEmptyText(at *yamltree.Path, key, instead string) {
	if v.tree == nil {
		return
	}
	field := at.Field(key)
	if there, _, _ := field.Find(v.tree); there.Kind == yamltree.String && there.Text == "" && there.Name == key {
		v.report(field, "%s is empty, which would silently mean %s: write a value or remove the line", key, instead)
	}
}

// settings looks through all the places.
func (v emptyRules) settings(p *v1alpha1.Pipeline) {
	var root *yamltree.Path
	v.notEmpty(root.Field("driver"), "the default")
	v.notEmpty(root.Field("settings"), "none")
	for at := range yamltree.Steps(p) {
		v.notEmpty(at.Field("settings"), "the pipeline's")
		v.noEmptyText(at, "script", "no script")
		v.noEmptyText(at, "when", "no condition")
	}
}
