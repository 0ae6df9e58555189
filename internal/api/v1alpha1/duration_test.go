package v1alpha1

import (
	"encoding/json"
	"math/rand"
	"testing"
	"time"
)

func TestDurationText(t *testing.T) {
	for text, want := range map[string]string{
		"90s": "1m30s", "60m": "1h", "2h": "2h", "1h30m": "1h30m", "1h0m5s": "1h0m5s", "10m": "10m", "20h10m": "20h10m", "100h": "100h", "24h0m0s": "24h",
		"1.5h": "1h30m", "500ms": "500ms", "1m0.5s": "1m0.5s", "1ns": "1ns", "0s": "0s", "-1h": "-1h", "+10s": "10s",
	} {
		var d Duration
		if err := json.Unmarshal([]byte(`"`+text+`"`), &d); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if d.String() != want || asJSON(t, d) != `"`+want+`"` {
			t.Errorf("%s: got %s, in JSON %s, want %s", text, d, asJSON(t, d), want)
		}
	}
	for _, text := range []string{`"10"`, `10`, `"2 hours"`, `""`, `true`, `"1d"`, `{}`} {
		var d Duration
		if err := json.Unmarshal([]byte(text), &d); err == nil {
			t.Errorf("%s was taken for %s", text, d)
		}
	}
}

func TestDurationRoundTrip(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	units := []time.Duration{1, time.Microsecond, time.Millisecond, time.Second, time.Minute, time.Hour}
	for range 10_000 {
		d := Duration(r.Int63n(200)) * Duration(units[r.Intn(len(units))])
		d += Duration(r.Int63n(200)) * Duration(units[r.Intn(len(units))])
		if back, err := time.ParseDuration(d.String()); err != nil || back != time.Duration(d) {
			t.Fatalf("%s reads as %s (%v), want %s", d, back, err, time.Duration(d))
		}
	}
}
