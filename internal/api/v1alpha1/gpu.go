package v1alpha1

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	kjson "sigs.k8s.io/json"
)

// plainGPU is GPU without its methods, so that JSON takes it as the struct it is.
type plainGPU GPU

// MarshalJSON gives what UnmarshalJSON reads: a number where the resource is the default, else the object.
func (g GPU) MarshalJSON() ([]byte, error) {
	if g.Resource == "" || g.Resource == DefaultGPUResource {
		return json.Marshal(g.Count)
	}
	return json.Marshal(plainGPU(g))
}

// UnmarshalJSON reads `1` or `{"count": 2, "resource": "amd.com/gpu"}`.
func (g *GPU) UnmarshalJSON(b []byte) error {
	*g = GPU{}
	if len(b) == 0 || b[0] != '{' {
		return json.Unmarshal(b, &g.Count)
	}
	strict, err := kjson.UnmarshalStrict(b, (*plainGPU)(g))
	if err != nil {
		return err
	}
	if len(strict) > 0 {
		return fmt.Errorf("gpu: %w", strict[0])
	}
	return nil
}

// gpu holds a value to a number or an object.
func (c *typeChecker) gpu(v *value) {
	const forms = "as in gpu: 1 or gpu: {count: 2, resource: amd.com/gpu}"
	whole := func(text string) bool { _, err := strconv.ParseInt(text, 10, 64); return err == nil }
	switch {
	case v.kind == isNumber && v.json != "" && !whole(v.json):
		c.fail(v, "found %s where a number of GPUs is wanted: a GPU is not divided by its number, write gpu: 1, or the resource of a part of one, "+
			"as gpu: {count: 1, resource: nvidia.com/mig-1g.5gb}", v.describe())
	case v.kind == isNumber:
		c.integer(v, reflect.TypeFor[int64]())
	case v.kind == isString && whole(v.text):
		c.fail(v, "found %s where a number of GPUs is wanted: write it without quotes, as gpu: %s", v.describe(), v.text)
	case v.kind == isObject && len(v.fields) == 1 && strings.Contains(v.fields[0].key, "/"):
		f := v.fields[0]
		c.fail(v, "found %s where a number of GPUs is wanted: write gpu: {count: %s, resource: %s}", v.describe(), orForm(flow(f.value), "1"), flowText(f.key))
	case v.kind != isObject:
		c.fail(v, "found %s where a number of GPUs is wanted, %s", v.describe(), forms)
	default:
		c.kinds(v, typeGPU)
	}
}
