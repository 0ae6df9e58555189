package main

import (
	"strings"
	"testing"
)

const parametrized = head + `metadata: {name: fit}
parameters:
  - {name: epochs, type: integer, minimum: 1}
  - {name: who, default: me}
  - {name: rates, type: array, default: [0.1]}
arguments: {who: file}
settings: {image: "registry.example/fit:${{ parameters.who }}"}
steps:
  - {name: fit, command: [fit, --epochs, "${{ parameters.epochs }}"]}
`

// TestParams: where values come from, which one wins, and that all that is wrong with them is told at once and before anything else
// is done.
func TestParams(t *testing.T) {
	files(t, map[string]string{
		"fit.yaml": parametrized, "plain.yaml": iris, "values.yaml": "epochs: 5\nwho: values\n", "bad.yaml": "epochs: 0\nwho: 3\nepoch: 1\n", "no.yaml": "- a\n",
		"values.json": `{"epochs": 6, "rates": []}`, "note.txt": "a note", "rates.json": "[1, 2]\n", "empty.yaml": "",
	})
	d := deskAlone()
	for _, row := range []struct {
		args, stdin string
		code        int
	}{
		{"validate fit.yaml", "", exitDone},
		{"validate fit.yaml --param epochs=3", "", exitDone},
		{"validate fit.yaml plain.yaml --param epochs=3", "", exitUsage},
		{"render fit.yaml --step fit", "", exitUsage},
		{"submit fit.yaml", "", exitUsage},
		{"submit fit.yaml --dry-run client --name a --params-file values.yaml", "", exitDone},
		{"submit fit.yaml --dry-run client --name a --params-file - --param who=x", `{"epochs": 1}`, exitDone},
		{"submit fit.yaml --dry-run client --name a --param epochs=1 --params-file empty.yaml", "", exitDone},
		{"submit fit.yaml --params-file bad.yaml --param rates=0.1,0.2", "", exitUsage},
		{"submit fit.yaml --param epochs=three --param whom=x --param rates={}", "", exitUsage},
		{"submit fit.yaml --params-file no.yaml", "", exitUsage},
		{"submit fit.yaml --params-file none.yaml", "", exitUsage},
		{"submit - --params-file -", parametrized, exitUsage},
		{"submit fit.yaml --param epochs=1 --param epochs=2", "", exitUsage},
		{"submit fit.yaml --param epochs", "", exitUsage},
		{"submit fit.yaml --param 1x=3", "", exitUsage},
		{"submit fit.yaml --param epochs=", "", exitUsage},
		{"submit fit.yaml --param epochs=1 --param who=@none.txt", "", exitUsage},
		{"submit fit.yaml -p epochs=1", "", exitUsage},
	} {
		if got := d.do(t, row.stdin, strings.Fields(row.args)...); got.code != row.code {
			t.Errorf("%s: exit code %d, %s", row.args, got.code, got.stderr)
		}
	}
	got := d.run(t.Context(), "", "submit", "fit.yaml", "--dry-run", "client", "-o", "yaml", "--name", "a", "--params-file", "values.json", "--param", "who=@note.txt",
		"--param", "rates=@rates.json", "--no-check", "--param", "epochs=7")
	if got.code != exitUsage || !strings.Contains(got.stderr, `"registry.example/fit:a note" is not a valid image`) {
		t.Errorf("exit code %d, %s", got.code, got.stderr)
	}
	got = d.run(t.Context(), "", "render", "fit.yaml", "--params-file", "values.json", "--param", "rates=@rates.json", "--param", "who=v2")
	for _, want := range []string{"image: registry.example/fit:v2", `"epochs": 6`, `"who": "v2"`} {
		if got.code != exitDone || !strings.Contains(got.stdout, want) {
			t.Errorf("no %s: exit code %d, %s", want, got.code, got.stderr)
		}
	}
	d.golden(t, "params")
}
