package v1alpha1

import "regexp"

// inheritedTexts are the settings of which an empty text means the same as none: the pipeline's value, or a default.
var inheritedTexts = []string{"image", "imagePullPolicy", "workingDir", "security", "serviceAccountName"}

// emptyTexts finds them in JSON: only the tree tells an empty text from none.
var emptyTexts = regexp.MustCompile(`"(?:image|imagePullPolicy|workingDir|security|serviceAccountName)"\s*:\s*""`)

// notEmpty refuses texts that are there and empty: a step with image: "" would silently run the pipeline's image.
func (v *validator) notEmpty(at *path, instead string) {
	if v.tree == nil {
		return
	}
	for _, key := range inheritedTexts {
		field := at.field(key)
		if there, _, _ := field.find(v.tree); there.kind == isString && there.text == "" && there.name == key {
			v.report(field, "%s is empty, which would silently mean %s: write a value or remove the line", key, instead)
		}
	}
}

// emptySettings looks through all the places.
func (v *validator) emptySettings(p *Pipeline) {
	var root *path
	v.notEmpty(root.field("driver"), "the default")
	v.notEmpty(root.field("settings"), "none")
	for i := range p.Steps {
		v.notEmpty(root.field("steps").at(i).field("settings"), "the pipeline's")
	}
}
