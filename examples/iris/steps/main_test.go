package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

const published = "../data/iris.csv"

func iris(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(args, &out, &errs)
	return code, out.String(), errs.String()
}

// pipeline runs every step in a new folder, as the pipeline does, and gives what each printed.
func pipeline(t *testing.T) (dir, printed string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "iris-x7k2p") // the first step makes the run's folder
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, args := range [][]string{
		{"load", "--out", at("flowers.csv")},
		{"split", "--in", at("flowers.csv"), "--train", at("train.csv"), "--test", at("test.csv"), "--held-out", "20", "--seed", "1"},
		{"train", "--model", "knn", "--in", at("train.csv"), "--out", at("knn.json")},
		{"train", "--model", "bayes", "--in", at("train.csv"), "--out", at("bayes.json")},
		{"train", "--model", "logistic", "--in", at("train.csv"), "--out", at("logistic.json")},
		{"evaluate", "--test", at("test.csv"), "--model", at("knn.json"), "--model", at("bayes.json"), "--model", at("logistic.json"), "--out", at("scores.json")},
		{"report", "--in", at("scores.json")},
	} {
		code, stdout, stderr := iris(args...)
		if code != 0 || stderr != "" {
			t.Fatalf("iris %s: exit code %d: %s", strings.Join(args, " "), code, stderr)
		}
		printed += "$ iris " + args[0] + "\n" + stdout
	}
	return dir, printed
}

// The numbers of the golden file are those that scikit-learn computes from the same split, see ../README.md.
func TestWholePipeline(t *testing.T) {
	dir, printed := pipeline(t)
	golden := filepath.Join("testdata", "pipeline.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(printed), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if printed != string(want) {
		t.Errorf("the steps print\n%s\nwant\n%s", printed, want)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".part-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("half-written files are left: %v %v", left, err)
	}
}

func TestLoadTakesAnotherFile(t *testing.T) {
	out := filepath.Join(t.TempDir(), "flowers.csv")
	code, stdout, stderr := iris("load", "--from", published, "--out", out)
	if code != 0 || !strings.Contains(stdout, "loaded 50 virginica") {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}

func TestSameRunGivesSameFiles(t *testing.T) {
	one, _ := pipeline(t)
	two, _ := pipeline(t)
	names, err := os.ReadDir(one)
	if err != nil || len(names) != 7 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	for _, name := range names {
		a, errA := os.ReadFile(filepath.Join(one, name.Name()))
		b, errB := os.ReadFile(filepath.Join(two, name.Name()))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs between two runs (%v, %v)", name.Name(), errA, errB)
		}
	}
}

func TestFailuresAreOneSentence(t *testing.T) {
	dir, _ := pipeline(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	for name, test := range map[string]struct {
		args []string
		code int
		want string
	}{
		"nothing":           {nil, 2, "usage: iris"},
		"unknown step":      {[]string{"fly"}, 2, `unknown step "fly"`},
		"unknown flag":      {[]string{"load", "--zap"}, 2, "-zap"},
		"flags missing":     {[]string{"load", "--from", published}, 2, "--out must be given"},
		"extra argument":    {[]string{"report", "--in", "x", "y"}, 2, `unexpected argument "y"`},
		"load, no input":    {[]string{"load", "--from", at("absent"), "--out", at("o")}, 1, "absent does not exist; it comes from the flag --from"},
		"split, no input":   {[]string{"split", "--in", at("absent"), "--train", at("o"), "--test", at("o")}, 1, "absent does not exist; it comes from iris load"},
		"train, no input":   {[]string{"train", "--in", at("absent"), "--model", "knn", "--out", at("o")}, 1, "absent does not exist; it comes from iris split"},
		"no test":           {[]string{"evaluate", "--test", at("absent"), "--model", at("knn.json"), "--out", at("o")}, 1, "it comes from iris split"},
		"no model":          {[]string{"evaluate", "--test", at("test.csv"), "--model", at("absent"), "--out", at("o")}, 1, "it comes from iris train"},
		"no scores":         {[]string{"report", "--in", at("absent")}, 1, "it comes from iris evaluate"},
		"folder as input":   {[]string{"report", "--in", dir}, 1, "is a directory"},
		"wrong input":       {[]string{"load", "--from", at("flowers.csv"), "--out", at("o")}, 1, "line 1"},
		"model as scores":   {[]string{"report", "--in", at("knn.json")}, 1, "is not as iris evaluate leaves it"},
		"scores as model":   {[]string{"evaluate", "--test", at("test.csv"), "--model", at("scores.json"), "--out", at("o")}, 1, "decode model"},
		"unknown model":     {[]string{"train", "--model", "oracle", "--in", at("train.csv"), "--out", at("o")}, 1, `unknown model "oracle"`},
		"too many held out": {[]string{"split", "--in", at("flowers.csv"), "--held-out", "50", "--train", at("o"), "--test", at("o")}, 1, "hold out fewer"},
		"output in a file":  {[]string{"load", "--from", published, "--out", at("knn.json/o")}, 1, "cannot be made"},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := iris(test.args...)
			if code != test.code || stdout != "" || !strings.Contains(stderr, test.want) {
				t.Errorf("exit code %d, stdout %q, stderr %q; want %d and %q", code, stdout, stderr, test.code, test.want)
			}
			if test.code == 1 && strings.Count(stderr, "\n") != 1 {
				t.Errorf("stderr is not one line: %q", stderr)
			}
			if _, err := os.Stat(at("o")); err == nil {
				t.Error("a step that failed left an output file")
			}
		})
	}
}
