package archive

import (
	"fmt"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/logs"
)

// BenchmarkWriter keeps lines of 100 bytes, from one log and from a thousand by turns, on a disk.
func BenchmarkWriter(b *testing.B) {
	for _, n := range []int{1, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			w := NewWriter(Dir{Root: b.TempDir()}, "f")
			var open []*Log
			for i := range n {
				l, err := w.Open("a", i+1, "main")
				if err != nil {
					b.Fatal(err)
				}
				open = append(open, l)
			}
			line := logs.Line{Time: time.Unix(1e9, 0), Text: make([]byte, 100)}
			b.SetBytes(int64(len(line.Text)))
			i := 0
			for b.Loop() {
				copy(line.Text, fmt.Sprintf("line %d, epoch %d, loss %.6f, and what else a program may say of its work in a hundred bytes or so", i, i/100, 1/float64(i+1)))
				if err := open[i%n].Line(line, logs.Position{}); err != nil {
					b.Fatal(err)
				}
				i++
			}
			for _, l := range open {
				if err := l.Close(true); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
