package driver

import (
	"bytes"
	"io"
	"os"
	"strconv"
	"sync"
	"testing"

	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/driver/stdout"
	"github.com/stepherd/stepherd/internal/logs"
)

// BenchmarkOutput: lines a second from followers to a pipe that is read as fast as it goes.
func BenchmarkOutput(b *testing.B) {
	for _, followers := range []int{1, 20} {
		b.Run(strconv.Itoa(followers), func(b *testing.B) {
			r, w, err := os.Pipe()
			if err != nil {
				b.Fatal(err)
			}
			read := make(chan struct{})
			go func() {
				defer close(read)
				_, _ = io.Copy(io.Discard, r)
			}()
			out := stdout.New(w, func() int { return 0 }, zap.NewNop(), func([]stdout.Progress) {})
			l := logs.Line{Text: bytes.Repeat([]byte("x"), 100)}
			var all sync.WaitGroup
			for range followers {
				s := out.Queue(stdout.LogOf{}, "step | ")
				all.Go(func() {
					for range b.N / followers {
						_ = s.Line(b.Context(), l, logs.Position{})
					}
				})
			}
			all.Wait()
			out.Close()
			<-out.Done
			w.Close()
			<-read
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
		})
	}
}
