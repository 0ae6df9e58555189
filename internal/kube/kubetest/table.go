package kubetest

// metadataOf are objects without all but their metadata.
func metadataOf(items []object) []object {
	out := make([]object, 0, len(items))
	for _, o := range items {
		out = append(out, object{"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": o.meta()})
	}
	return out
}

// tableOf is a Table of Jobs, with the columns of Kubernetes 1.35 and no cell but the status filled in
// (pkg/printers/internalversion/printers.go, printJob).
func tableOf(items []object, meta map[string]any) object {
	columns := []object{{"name": "Name"}, {"name": "Status"}, {"name": "Completions"}, {"name": "Duration"}, {"name": "Age"}}
	rows := []object{}
	for i, o := range metadataOf(items) {
		rows = append(rows, object{"cells": []any{o.meta()["name"], statusOf(items[i]), "0/1", "", "1m"}, "object": o})
	}
	return object{"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": meta, "columnDefinitions": columns, "rows": rows}
}

// statusOf is what kubectl prints as the status of a Job.
func statusOf(job object) string {
	status, _ := job["status"].(map[string]any)
	conditions, _ := status["conditions"].([]any)
	for _, want := range []string{"Complete", "Failed", "Suspended"} {
		for _, c := range conditions {
			if c, ok := c.(map[string]any); ok && c["type"] == want && c["status"] == "True" {
				return want
			}
		}
	}
	return "Running"
}
