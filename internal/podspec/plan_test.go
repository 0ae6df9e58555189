package podspec

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

// everyCharacter is a string of all that a program may have to hand on.
func everyCharacter() string {
	var out strings.Builder
	for r := rune(1); r < 0x300; r++ {
		out.WriteRune(r)
	}
	out.WriteString("\u2028\u2029\ufeff\ufffd\ufffe\uffff\U0001f411\U0010ffff")
	return out.String()
}

func TestPlanRoundTrip(t *testing.T) {
	for _, name := range goldenCases(t) {
		t.Run(name, func(t *testing.T) { checkRoundTrip(t, loadCase(t, name)) })
	}
}

func TestPlanCarriesEveryCharacter(t *testing.T) {
	for _, arg := range []string{
		everyCharacter(), "$(POD) $$(x) ${{ run.name }}", `\u0041 \\ "`, "<a href='x'>&", " \t\n ", "\r\n", "# no comment", "- : ? | >", "H4sI",
		strings.Repeat("long ", 400), strings.Repeat("x\n", 100),
	} {
		p := onePipeline(v1alpha1.Settings{})
		p.Steps[0].Args = []string{arg}
		v1alpha1.SetDefaults(p)
		if got := checkRoundTrip(t, p).Steps[0].Args[0]; got != arg {
			t.Errorf("got  %q\nwant %q", got, arg)
		}
	}
}

// checkRoundTrip gives the pipeline as it comes out.
func checkRoundTrip(t testing.TB, p *v1alpha1.Pipeline) *v1alpha1.Pipeline {
	t.Helper()
	plan, err := EncodePlan(p)
	if err != nil {
		t.Fatal(err)
	}
	back, err := DecodePlan([]byte(plan))
	if err != nil {
		t.Fatalf("%v\n%s", err, plan)
	}
	if !equality.Semantic.DeepEqual(p, back) {
		t.Errorf("got  %s\nwant %s", toJSON(back), toJSON(p))
	}
	again, err := EncodePlan(back)
	if err != nil {
		t.Fatal(err)
	}
	if again != plan {
		t.Errorf("encoded again: %s", firstDifference(again, plan))
	}
	return back
}

func TestPlanIsReadable(t *testing.T) {
	p := onePipeline(v1alpha1.Settings{})
	p.Steps[0].Args = []string{"a > b && c < d"}
	plan, err := EncodePlan(p)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(plan, `"a > b && c < d"`) || !strings.HasSuffix(plan, "\n}\n") {
		t.Errorf("got %s", plan)
	}
}

// manySteps is a pipeline of n steps, each with up to three earlier ones as needs, at random, which compresses badly.
func manySteps(n int) *v1alpha1.Pipeline {
	random := rand.New(rand.NewPCG(1, 2))
	p := onePipeline(v1alpha1.Settings{})
	p.Settings, p.Steps = p.Steps[0].Settings, nil
	for i := range n {
		step := v1alpha1.Step{Name: fmt.Sprintf("part-%d", i), Command: []string{"python", "work.py"}, Args: []string{fmt.Sprintf("--part=%d", i)}}
		for range min(i, 3) {
			step.Needs = appendNew(step.Needs, []string{fmt.Sprintf("part-%d", random.IntN(i))})
		}
		p.Steps = append(p.Steps, step)
	}
	v1alpha1.SetDefaults(p)
	return p
}

func TestLargePlanIsPacked(t *testing.T) {
	p := manySteps(1000)
	plan, err := EncodePlan(p)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := base64.StdEncoding.DecodeString(plan)
	if err != nil {
		t.Fatalf("got %.40s..., want base64: %v", plan, err)
	}
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	if !reader.ModTime.IsZero() || reader.Name != "" {
		t.Errorf("the header bears %v and %q, which differ from run to run", reader.ModTime, reader.Name)
	}
	checkRoundTrip(t, p)
	wrapped := "\n" + plan[:76] + "\n" + plan[76:] + "\n"
	if _, err := DecodePlan([]byte(wrapped)); err != nil {
		t.Errorf("base64 in two lines: %v", err)
	}
}

func TestTenThousandStepsFit(t *testing.T) {
	p := manySteps(v1alpha1.MaxSteps)
	plan, err := EncodePlan(p)
	if err != nil {
		t.Fatal(err)
	}
	if len(plan) > maxPlan {
		t.Errorf("got %d bytes, want at most %d", len(plan), maxPlan)
	}
	back, err := DecodePlan([]byte(plan))
	if err != nil {
		t.Fatal(err)
	}
	if len(back.Steps) != len(p.Steps) {
		t.Errorf("got %d steps, want %d", len(back.Steps), len(p.Steps))
	}
}

func TestTooLargePlan(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 300<<10)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	p := onePipeline(v1alpha1.Settings{})
	p.Steps[0].Args = []string{base64.StdEncoding.EncodeToString(noise)}
	_, err := EncodePlan(p)
	want := regexp.MustCompile(`^pipeline p is too large: its plan takes 40\d KiB compressed, and a run can carry 250 KiB: split it into several pipelines$`)
	if err == nil || !want.MatchString(err.Error()) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestDecodeDamagedPlan(t *testing.T) {
	plan, err := EncodePlan(manySteps(1000))
	if err != nil {
		t.Fatal(err)
	}
	bomb, err := pack(make([]byte, yamltree.MaxFileBytes+1))
	if err != nil {
		t.Fatal(err)
	}
	junk, err := pack([]byte("junk"))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ name, plan, want string }{
		{"cut", plan[:len(plan)/8*4], "the plan is compressed and cut short: submit the pipeline again"},
		{"cut in the header", "H4sI", "the plan is compressed and cut short: submit the pipeline again"},
		{"not base64", plan[:100] + "!" + plan[100:], "the plan is compressed and damaged (illegal base64 data at input byte 100): submit the pipeline again"},
		{"a bit changed", plan[:200] + "A" + plan[201:], "the plan is compressed and damaged ("},
		{"a bomb", bomb, "the plan is larger than 16 MiB when decompressed: submit the pipeline again"},
		{"no pipeline inside", junk, "plan:1:1: "},
		{"empty", "", "plan: "},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := DecodePlan([]byte(row.plan))
			if err == nil || !strings.HasPrefix(err.Error(), row.want) {
				t.Errorf("got  %v\nwant %s...", err, row.want)
			}
		})
	}
}

// TestBombIsNotBlownUp: a few KiB of what a driver is given must not cost it its memory.
func TestBombIsNotBlownUp(t *testing.T) {
	var bomb bytes.Buffer
	encoder := base64.NewEncoder(base64.StdEncoding, &bomb)
	writer := gzip.NewWriter(encoder)
	chunk := make([]byte, 1<<20)
	for range 64 {
		if _, err := writer.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(writer.Close(), encoder.Close()); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := DecodePlan(bomb.Bytes()); err == nil {
		t.Error("got no error")
	}
	runtime.ReadMemStats(&after)
	if got := (after.TotalAlloc - before.TotalAlloc) >> 20; got > 80 {
		t.Errorf("allocated %d MiB for 64 MiB of nothing, want at most 80", got)
	}
}

func TestDecodeHandWrittenPlan(t *testing.T) {
	p, err := DecodePlan([]byte(`# nightly
apiVersion: stepherd.dev/v1alpha1
kind: Pipeline
metadata: {name: nightly}
steps:
  - {name: hello, settings: {image: "registry.example/hello:1"}}
`))
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Steps[0].Settings.Image; got != "registry.example/hello:1" {
		t.Errorf("got %q", got)
	}
}
