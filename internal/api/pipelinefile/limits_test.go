package pipelinefile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

// refused decodes and gives the text; it holds the time, and the memory that was asked for, to bounds that a bomb is far
// above.
func refused(t *testing.T, data []byte, limit time.Duration, memory uint64) string {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	_, err := Decode("p.yaml", data)
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	if err == nil {
		t.Fatal("accepted")
	}
	asked := after.TotalAlloc - before.TotalAlloc
	t.Logf("%d bytes: %v, %d MiB", len(data), took, asked>>20)
	if took > limit || asked > memory {
		t.Errorf("took %v and %d MiB", took, asked>>20)
	}
	return err.Error()
}

func manyKeys(n int) []byte {
	out := []byte(pipelineHead)
	for i := range n {
		out = fmt.Appendf(out, "k%d: v\n", i)
	}
	return out
}

func TestTooMuch(t *testing.T) {
	const head = pipelineHead + "settings: {image: i}\n"
	bomb := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	mapBomb := "m0: &m0 {k0: x, k1: x}\n"
	for i := 1; i < 12; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
		mapBomb += fmt.Sprintf("m%d: &m%d {k0: *m%d, k1: *m%d, <<: *m%d}\n", i, i, i-1, i-1, i-1)
	}
	for i := 12; i < 60; i++ {
		mapBomb += fmt.Sprintf("m%d: &m%d {k0: *m%d, k1: *m%d}\n", i, i, i-1, i-1)
	}
	steps := func(n int) []byte {
		out := []byte(head + "steps:\n")
		for i := range n {
			out = fmt.Appendf(out, "- {name: s%d}\n", i)
		}
		return out
	}
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"50 MB", bytes.Repeat([]byte("- a\n"), 50<<18), "p.yaml: the file has 50.0 MiB, a pipeline file may have 16 MiB: split it into several pipelines"},
		{"50,000 steps", steps(50_000), "p.yaml:6:1: steps: 50000 steps are more than the 10000 that a pipeline may have: split it into several pipelines"},
		{"50,000 steps in JSON", []byte(`{"apiVersion":"stepherd.dev/v1alpha1","kind":"Pipeline","steps":[` + strings.TrimSuffix(strings.Repeat(`{"name":"a"},`, 50_000), ",") + "]}"),
			"p.yaml:1:57: steps: 50000 steps are more than the 10000 that a pipeline may have: split it into several pipelines"},
		{"a bomb of lists", []byte(bomb), "p.yaml:1:13: the file has more than 1000000 values once its aliases are expanded"},
		{"a bomb of mappings", []byte(mapBomb), "p.yaml:1:21: the file has more than 1000000 values once its aliases are expanded"},
		{"a bomb of keys merged", []byte(pipelineHead + "settings: " + strings.Repeat("{<<: ", 200)), "p.yaml:5: not valid YAML: did not find expected node content"},
		{"too many lines", bytes.Repeat([]byte("- a\n"), 3<<20), "p.yaml: the file has more than 1000000 lines and list items: split it into several pipelines"},
		{"comments", bytes.Repeat([]byte("#\n"), 8<<20), "p.yaml: the file has nothing but comments: a pipeline begins with apiVersion: stepherd.dev/v1alpha1"},
		{"deep lists", []byte(head + "steps: " + strings.Repeat("[", 900) + strings.Repeat("]", 900)), "p.yaml:6:108: nested deeper than 100 levels"},
		{"deeper lists", []byte(head + "steps: " + strings.Repeat("[", 8<<20)), "p.yaml:6:1008: more than 1000 brackets are open here: close them"},
		{"deep mappings", []byte(strings.Repeat("{a: ", 4<<20)), "p.yaml:1:4001: more than 1000 brackets are open here: close them"},
		{"deep JSON", []byte(`{"steps": ` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + "}"), "p.yaml:1:111: nested deeper than 100 levels"},
		{"deep blocks", []byte(strings.Repeat("- ", 8<<20)), "p.yaml:1: not valid YAML: exceeded max depth of 10000"},
		{"deep keys", []byte(strings.Repeat("? ", 8<<20)), "p.yaml:1: not valid YAML: exceeded max depth of 10000"},
		{"one long line", append([]byte("a: "), bytes.Repeat([]byte("x"), 15<<20)...), ""},
		{"a long quoted string", []byte(`a: "` + strings.Repeat(`\n`, 7<<20) + `"`), ""},
		{"many lines with comments", bytes.Repeat([]byte("- a # b\n"), 300_000), ""},
		{"many keys", manyKeys(300_000), ""},
		{"many anchors", bytes.Repeat([]byte("- &a a\n- *a\n"), 150_000), ""},
		{"JSON that is no pipeline", []byte(`{"a":[` + strings.Repeat("1,", 2<<20) + "1]}"), "p.yaml:1:2000003: the file has more than 1000000 values"},
		{"a million problems", []byte(head + "steps: [" + strings.Repeat("{a: b},", 9_999) + "{}]"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := refused(t, tt.data, 60*time.Second, 3<<30)
			if tt.want != "" && got != tt.want {
				t.Errorf("got\n%.2000s\nwant\n%s", got, tt.want)
			}
			if lines := strings.Count(got, "\n"); lines > yamltree.MaxProblems || len(got) > 100*300 {
				t.Errorf("%d lines, %d bytes", lines, len(got))
			}
		})
	}
}

// large is a file of the most steps, each with settings of its own.
func large() []byte {
	out := []byte(pipelineHead + "settings: {image: registry.example/team/image:v1, podSettings: {nodeSelector: {pool: cpu}, tolerations: [{key: a}]}}\nsteps:\n")
	for i := range v1alpha1.MaxSteps {
		out = fmt.Appendf(out, "- name: step-%d\n  command: [python, -m, train, \"--fold=%d\"]\n", i, i)
		if i >= 10 {
			out = fmt.Appendf(out, "  needs: [step-%d, step-%d]\n", i-10, i-1)
		}
		out = fmt.Appendf(out, "  settings:\n    resources: {cpu: %d, memory: 1Gi}\n    env:\n    - {name: FOLD, value: \"%d\"}\n", 1+i%8, i)
		if i%10 == 0 {
			out = fmt.Appendf(out, "    podSettings: {nodeSelector: {fold: \"%d\"}}\n", i)
		}
	}
	return out
}

// peak runs f and gives the most heap that was alive beyond what was there before, as the garbage collector saw it.
func peak(f func()) uint64 {
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	stop, result := make(chan struct{}), make(chan uint64)
	go func() {
		most := uint64(0)
		for {
			select {
			case <-stop:
				result <- most
				return
			case <-time.After(time.Millisecond):
				runtime.ReadMemStats(&now)
				most = max(most, now.HeapInuse)
			}
		}
	}()
	f()
	close(stop)
	return <-result - min(before.HeapInuse, 1)
}

// TestLarge decodes a file of 10,000 steps as a laptop does, and its plan as a driver does.
func TestLarge(t *testing.T) {
	data := large()
	start := time.Now()
	var p *v1alpha1.Pipeline
	memory := peak(func() { p = mustDecode(t, "large", data) })
	took := time.Since(start)
	t.Logf("%d KiB of YAML, %d steps: %v, heap %d MiB", len(data)>>10, len(p.Steps), took, memory>>20)
	if took > 60*time.Second || memory > 300<<20 {
		t.Error("that is too much")
	}

	start = time.Now()
	for i := range p.Steps {
		if _, err := v1alpha1.Effective(p, &p.Steps[i]); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("Effective of all: %v", time.Since(start))

	encoded, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	start = time.Now()
	memory = peak(func() { mustDecode(t, "plan", encoded) })
	t.Logf("%d KiB of JSON: %v, heap %d MiB", len(encoded)>>10, time.Since(start), memory>>20)
	if memory > 100<<20 {
		t.Error("the driver has 128 MiB in all")
	}
}
