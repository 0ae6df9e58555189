package v1alpha1

import (
	"encoding/json"
	"fmt"

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
