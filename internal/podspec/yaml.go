package podspec

import (
	"bytes"
	"encoding/json"
	"fmt"

	"sigs.k8s.io/yaml"
)

// YAML is an object as `launcher render` and the golden files show it: keys in the order of the alphabet, and without the
// empty status that the Go types carry.
func YAML(obj any) ([]byte, error) {
	encoded, err := json.Marshal(obj)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", obj, err)
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(encoded, &keys); err != nil {
		return nil, fmt.Errorf("encode %T: %w", obj, err)
	}
	if bytes.Equal(keys["status"], []byte("{}")) {
		delete(keys, "status")
	}
	return yaml.Marshal(keys)
}
