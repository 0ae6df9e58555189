package typecheck

import "testing"

func TestMeantDuration(t *testing.T) {
	for text, want := range map[string]string{
		"2 hours": "2h", "10": "10s", "1d": "24h", "1.5 hours": "1h30m", "2h, 30 mins": "2h30m", "1 hour and 5 minutes": "1h5m", "1H": "1h", " 3 Weeks ": "504h", "10sec": "10s",
		"2 hrs": "2h", "10 ms": "10ms", "5 s": "5s", "2.5": "2.5s",
		"": "", "soon": "", "0": "", "-5 seconds": "", "1:30": "", "PT1H": "", "5 months": "", "3 years": "", "366 days": "", "999999999 weeks": "", "1e9": "", "10ss": "", "1..5h": "",
	} {
		if want != "" {
			want = `; did you mean "` + want + `"?`
		}
		if got := meantDuration(text); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
