package logs_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stepherd/stepherd/internal/logs"
)

// model makes of fuzzed bytes a log and the breaks in reading it: stamps with ties, small steps back and long pauses;
// lines empty, short and longer than a part; streams cut anywhere.
func model(data []byte) ([]record, []answer) {
	var records []record
	var script []answer
	var at, latest time.Duration
	for i := 0; i+3 < len(data) && i < 4*200; i += 4 {
		op, n := data[i], int(binary.LittleEndian.Uint16(data[i+1:]))
		switch op % 8 {
		case 0: // the same stamp
		case 1, 2:
			at += time.Duration(n) * time.Microsecond
		case 3:
			at += time.Duration(n) * time.Millisecond
		case 4: // a stamp that runs back by less than a second
			at = max(0, latest-time.Duration(n%900)*time.Millisecond)
		case 5:
			script = append(script, answer{cut: n % 4000, end: errBroken})
			continue
		case 6:
			script = append(script, answer{cut: n % 4000 * 17, end: errBroken})
			continue
		case 7:
			script = append(script, answer{openErr: errBroken})
			continue
		}
		latest = max(latest, at)
		text := fmt.Sprintf("%d", len(records))
		switch data[i+3] % 8 {
		case 0:
			text = ""
		case 1:
			text += strings.Repeat("x", int(data[i+3])*200)
		}
		records = append(records, record{at: at, text: text})
	}
	return records, script
}

// FuzzFollow: whatever the stamps and wherever the streams break, every line comes, once and in order.
func FuzzFollow(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 0, 0, 2, 0, 0, 0, 3, 5, 40, 0, 0, 1, 9, 9, 4, 5, 90, 0, 0, 4, 200, 0, 2, 6, 7, 0, 0, 3, 255, 255, 1})
	f.Add(slices.Concat(slices.Repeat([]byte{0, 0, 0, 2}, 40), slices.Repeat([]byte{5, 200, 1, 0}, 10)))
	f.Add(slices.Concat(slices.Repeat([]byte{3, 0, 4, 255, 4, 132, 3, 1}, 20), slices.Repeat([]byte{6, 11, 2, 0}, 9)))
	f.Fuzz(func(t *testing.T, data []byte) {
		records, script := model(data)
		synctest.Test(t, func(t *testing.T) {
			src := &source{t: t, records: records, script: script}
			var got []string
			within := false
			err := logs.Follow(t.Context(), src, logs.Container{Pod: "p", Name: "main"}, lineFunc(func(l logs.Line) error {
				if len(l.Text) > logs.MaxLine {
					t.Errorf("a part of %d bytes", len(l.Text))
				}
				if within {
					got[len(got)-1] += string(l.Text)
				} else {
					got = append(got, string(l.Text))
				}
				within = l.Continues
				return nil
			}))
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for _, r := range records {
				want = append(want, r.text)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%d lines came, want %d; first difference at %d\nlog %v\nbreaks %v", len(got), len(want), difference(got, want), records, script)
			}
		})
	})
}

func difference(a, b []string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}
