package logfmt_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/logfmt"
	"github.com/stepherd/stepherd/internal/logs"
)

func TestParse(t *testing.T) {
	for _, tc := range []struct {
		name, line string
		want       logfmt.Printed
	}{
		{"a line", "load | hello | you", logfmt.Printed{Step: "load", Attempt: 1, Text: []byte("hello | you")}},
		{"an empty line", "load | ", logfmt.Printed{Step: "load", Attempt: 1, Text: []byte{}}},
		{"an attempt", "load#12 | x", logfmt.Printed{Step: "load", Attempt: 12, Text: []byte("x")}},
		{"a container", "load/init | x", logfmt.Printed{Step: "load", Container: "init", Attempt: 1, Text: []byte("x")}},
		{"a container of an attempt", "train[3]/side-1#2 | x", logfmt.Printed{Step: "train[3]", Container: "side-1", Attempt: 2, Text: []byte("x")}},
		{"a part", "load | aaa [line continues]", logfmt.Printed{Step: "load", Attempt: 1, Text: []byte("aaa"), Continues: true}},
		{"a mark", "load | [stepherd: the pod is gone]", logfmt.Printed{Step: "load", Attempt: 1, Text: []byte("the pod is gone"), Mark: true}},
		{"the driver's own", `{"level":"info","msg":"load | x"}`, logfmt.Printed{}},
		{"no prefix", "hello", logfmt.Printed{}},
		{"a sentence", "a b | c", logfmt.Printed{}},
		{"the first attempt has no number", "load#1 | c", logfmt.Printed{}},
		{"no number", "load#x | c", logfmt.Printed{}},
		{"no container", "load/ | c", logfmt.Printed{}},
		{"no step", "/init | c", logfmt.Printed{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, ok := logfmt.Parse([]byte(tc.line))
			if ok != (tc.want.Attempt > 0) {
				t.Fatalf("parsed: %v", ok)
			}
			if ok && (got.Step != tc.want.Step || got.Attempt != tc.want.Attempt || got.Container != tc.want.Container ||
				!bytes.Equal(got.Text, tc.want.Text) || got.Continues != tc.want.Continues || got.Mark != tc.want.Mark) {
				t.Errorf("got %+v (%q)", got, got.Text)
			}
		})
	}
}

// FuzzParse: what Append and AppendMark print comes back, unless a step's own line looks like one of ours.
func FuzzParse(f *testing.F) {
	f.Add("load", "", 1, []byte("hello | you"), false, false)
	f.Add("train.3", "init", 2, []byte("\xff\x00\r\x1b[31m"), true, false)
	f.Add("a", "b", 9, []byte("words"), false, true)
	f.Add("a", "", 1, []byte("[stepherd: not ours"), false, false)
	f.Fuzz(func(t *testing.T, step, container string, attempt int, text []byte, continues, mark bool) {
		const name = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.[]"
		if step == "" || strings.Trim(step, name) != "" || strings.Trim(container, name) != "" || attempt < 1 || bytes.ContainsRune(text, '\n') {
			return
		}
		shown := logfmt.Collapse(text)
		looksOurs := bytes.HasPrefix(shown, []byte("[stepherd: ")) || bytes.HasSuffix(shown, []byte(" [line continues]"))
		if looksOurs && !mark {
			return
		}
		who := step
		if container != "" {
			who += "/" + container
		}
		printed := logfmt.Append(nil, logfmt.Prefix(who, attempt), logs.Line{Text: text, Continues: continues})
		want := logfmt.Collapse(text)
		if mark {
			continues, want = false, text
			printed = logfmt.AppendMark(nil, logfmt.Prefix(who, attempt), string(text))
		}
		got, ok := logfmt.Parse(bytes.TrimSuffix(printed, []byte("\n")))
		if !ok || got.Step != step || got.Container != container || got.Attempt != attempt || !bytes.Equal(got.Text, want) ||
			got.Continues != continues || got.Mark != mark {
			t.Errorf("%q came back as %+v, %v", printed, got, ok)
		}
	})
}
