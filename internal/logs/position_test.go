package logs

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestPositionRoundTrip: any position that advance can make is the same when it is written and read again.
func TestPositionRoundTrip(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var p Position
		at := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
		for range random.IntN(30) {
			at = at.Add(time.Duration(random.IntN(2e9) - 5e8))
			if random.IntN(4) == 0 {
				p.advancePart(at, 1+random.IntN(MaxLine))
			} else {
				p.advance(at)
			}
			if p.count > maxMarks-1 {
				t.Fatalf("%d marks", p.count)
			}
		}
		text, _ := p.MarshalText()
		var got Position
		if err := got.UnmarshalText(text); err != nil || got != p {
			t.Fatalf("%v\ngot  %+v\nwant %+v", err, got, p)
		}
	}
}

func TestPositionRefused(t *testing.T) {
	for _, text := range []string{"?", "AA", "AAAA", "gA", "AgICAgICAgICAgICAgICAgICAgICAg"} {
		var p Position
		if err := p.UnmarshalText([]byte(text)); err == nil || !p.IsZero() {
			t.Errorf("%s: got %v, %+v", text, err, p)
		}
	}
}

// FuzzPosition: what is no position of ours is refused; what is taken is the same when it is written and read again.
func FuzzPosition(f *testing.F) {
	var p Position
	p.advance(time.Unix(1e9, 5))
	p.advancePart(time.Unix(1e9+1, 5), 7)
	seed, _ := p.MarshalText()
	f.Add(seed)
	f.Fuzz(func(t *testing.T, text []byte) {
		var p, again Position
		if p.UnmarshalText(text) != nil {
			return
		}
		written, _ := p.MarshalText()
		if err := again.UnmarshalText(written); err != nil || again != p {
			t.Errorf("%v\ngot  %+v\nwant %+v", err, again, p)
		}
		p.advance(p.Latest().Add(time.Hour))
	})
}
