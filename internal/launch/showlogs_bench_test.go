package launch

import (
	"io"
	"testing"

	"github.com/stepherd/stepherd/internal/logs"
)

// BenchmarkShow is a log of 100,000 lines on its way to the screen, in each form, with the reading alone to compare.
func BenchmarkShow(b *testing.B) {
	src := linesSource(100_000, 0)
	run := func(b *testing.B, do func() error) {
		b.SetBytes(int64(len(src)))
		b.ReportAllocs()
		for b.Loop() {
			if err := do(); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("read", func(b *testing.B) {
		run(b, func() error {
			return logs.Read(b.Context(), src, logs.Container{}, sinkFunc(func(logs.Line, logs.Position) error { return nil }))
		})
	})
	for name, q := range map[string]LogQuery{"text": {}, "times": {Timestamps: true}, "raw": {Form: LogRaw}, "json": {Form: LogJSON}} {
		b.Run(name, func(b *testing.B) {
			run(b, func() error {
				v := (&Launcher{Out: io.Discard, Err: io.Discard}).newView(q)
				sink := v.sink(origin{"train", 1, "main"}, v.screen.put)
				return v.close(logs.Read(b.Context(), src, logs.Container{}, sink))
			})
		})
	}
}
