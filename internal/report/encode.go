package report

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// List is several runs, as `list -o json` shows them. Their steps are left out: `get` has them.
type List struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Items      []v1alpha1.Run `json:"items"`
}

// NewList never has a nil Items, so that an empty list is [] in JSON.
func NewList(runs []v1alpha1.Run) List {
	return List{APIVersion: v1alpha1.APIVersion, Kind: "RunList", Items: append([]v1alpha1.Run{}, runs...)}
}

// JSON writes v indented, with a newline at its end and without escaping <, > and & for HTML.
func JSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// YAML writes v with the keys of its JSON form.
func YAML(w io.Writer, v any) error {
	b, err := yaml.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode YAML: %w", err)
	}
	_, err = w.Write(b)
	return err
}

// Options say how to show.
type Options struct {
	// Now ends what has not ended.
	Now time.Time
	// Color turns colors on.
	Color bool
	// Wide adds columns to tables.
	Wide bool
}
