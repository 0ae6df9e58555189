package pipelinefile

import (
	"encoding/json"
	"errors"
	"maps"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/stepherd/stepherd/internal/api/yamltree"
)

// TestMutated changes valid files at random, where bytes changed at random would mostly give no YAML at all, and holds
// what FuzzDecode holds, and that the two ways of decoding agree.
func TestMutated(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	accepted, refused := 0, 0
	for _, file := range files(t, "valid/*") {
		encoded, err := yaml.YAMLToJSON(read(t, file))
		if err != nil { // not all JSON is YAML
			encoded = []byte(asJSON(t, mustDecode(t, file, read(t, file))))
		}
		for range 250 {
			var document any
			if err := json.Unmarshal(encoded, &document); err != nil {
				t.Fatal(err)
			}
			for range 1 + r.Intn(8)/7 {
				document = mutate(r, document)
			}
			data, err := json.Marshal(document)
			if err != nil {
				t.Fatal(err)
			}
			if checkMutated(t, data) {
				accepted++
			} else {
				refused++
			}
			if t.Failed() {
				t.Fatalf("%s", data)
			}
		}
	}
	t.Logf("%d accepted, %d refused", accepted, refused)
	if accepted < 100 || refused < 100 {
		t.Error("the mutations are too tame or too wild")
	}
}

func checkMutated(t *testing.T, data []byte) bool {
	t.Helper()
	short := decodeJSON(data)
	var c yamltree.Collector
	long, _ := decodeTree(data, Options{}, &c)
	switch {
	case short != nil && c.Count() > 0:
		t.Errorf("the short way accepts what the tree refuses: %+v", c.List)
	case short != nil && asJSON(t, short) != asJSON(t, long):
		t.Errorf("short %s\nlong  %s", asJSON(t, short), asJSON(t, long))
	}
	p, err := Decode("file", data)
	if (err == nil) == (c.Count() > 0) {
		t.Errorf("Decode gives %v, the tree %+v", err, c.List)
	}
	if err == nil {
		checkAccepted(t, p)
		return true
	}
	checkProblems(t, data, err)
	var problems *yamltree.Problems
	if errors.As(err, &problems) {
		for _, p := range problems.List {
			if p.Line != 1 || p.Column == 0 {
				t.Errorf("no place: %+v", p)
			}
		}
	}
	return false
}

// mutate changes one thing somewhere below v.
func mutate(r *rand.Rand, v any) any {
	switch v := v.(type) {
	case map[string]any:
		keys := slices.Sorted(maps.Keys(v))
		if len(keys) == 0 || r.Intn(12) == 0 {
			v[pick(r, words...)] = randomValue(r)
			return v
		}
		key := keys[r.Intn(len(keys))]
		switch r.Intn(10) {
		case 0:
			old := v[key]
			delete(v, key)
			if r.Intn(2) == 0 {
				v[pick(r, key+"s", strings.ToUpper(key), strings.ReplaceAll(key, "_", ""))] = old
			}
		case 1:
			v[pick(r, words...)] = v[key]
		default:
			v[key] = mutate(r, v[key])
		}
		return v
	case []any:
		if len(v) == 0 || r.Intn(8) == 0 {
			return append(v, randomValue(r))
		}
		i := r.Intn(len(v))
		switch r.Intn(8) {
		case 0:
			return slices.Delete(v, i, i+1)
		case 1:
			return append(v, v[r.Intn(len(v))])
		}
		v[i] = mutate(r, v[i])
		return v
	}
	if _, text := v.(string); text && r.Intn(4) > 0 {
		return pick(r, "", "a", "b", "main", "x", "load", "hello", "2", "Always", "$(X)")
	}
	return randomValue(r)
}

var words = []string{"name", "image", "Image", "needs", "settings", "podSettings", "containers", "main", "$patch", "$retainKeys", "nodeSelector", "tolerations", "restartPolicy",
	"volumes", "resources", "gpu", "memory", "orchestrator.kubernetes", "pod_settings", "volume_mounts", "env", "labels", "job-name", "node_affinity", "nodeSelectors", "tolerations", "affinity", "additional_pod_spec_args", "a", "",
	"retry", "backoff", "onOOM", "limit", "duration", "max", "timeout", "startTimeout", "keepPods"}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.Intn(len(from))] }

func randomValue(r *rand.Rand) any {
	return pick[func() any](r,
		func() any { return nil },
		func() any { return r.Intn(2) == 0 },
		func() any { return pick(r, 0, 1, -1, 0.5, 1e30, 3e9) },
		func() any {
			return pick(r, "", "a", "b", "main", "Always", "delete", "replace", "1Gi", "-1", "1e999", "90s", "-1h", "failed", "x:y", "load", "hello", "\x00", "é")
		},
		func() any { return []any{} },
		func() any { return []any{"load"} },
		func() any { return map[string]any{} },
		func() any { return map[string]any{"name": pick(r, "a", "main", "data"), "$patch": "delete"} },
		func() any {
			return map[string]any{pick(r, words...): "a", "tolerations": []any{map[string]any{"key": "a"}}}
		},
		func() any { return []any{map[string]any{"name": pick(r, "main", "x", "data"), "image": "i"}} },
		func() any {
			return map[string]any{"pod_settings": map[string]any{"node_selectors": map[string]any{"a": "b"}, "volume_mounts": []any{map[string]any{"name": "v", "mount_path": "/v"}}}}
		},
	)()
}
