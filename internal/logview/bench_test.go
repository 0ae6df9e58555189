package logview

import (
	"errors"
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
	for name, look := range map[string]Options{"text": {}, "times": {Timestamps: true}, "raw": {Kind: Raw}, "json": {Kind: JSON}} {
		b.Run(name, func(b *testing.B) {
			run(b, func() error {
				screen := NewScreen(io.Discard, io.Discard)
				sink := &Printer{Form: look.Form(Origin{"train", 1, "main"}), Put: screen.Put}
				return errors.Join(logs.Read(b.Context(), src, logs.Container{}, sink), screen.Close())
			})
		})
	}
}
