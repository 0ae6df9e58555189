package main

import "testing"

func TestParseCPU(t *testing.T) {
	tests := []struct {
		name, stat string
		want       cpu
		ok         bool
	}{
		{"Linux", "cpu  10 1 20 300 5 2 3 4 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n", cpu{busy: 40, idle: 305}, true},
		{"one line", "cpu 1 0 0 9 0 0 0 0", cpu{busy: 1, idle: 9}, true},
		{"another file", "intr 5 6 7", cpu{}, false},
		{"too short", "cpu 1 2 3\n", cpu{}, false},
		{"empty", "", cpu{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := parseCPU([]byte(tt.stat))
			if got != tt.want || ok != tt.ok {
				t.Errorf("got %+v, %t, want %+v, %t", got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestShareSince(t *testing.T) {
	tests := []struct {
		name      string
		then, now cpu
		want      float64
	}{
		{"a quarter", cpu{busy: 100, idle: 100}, cpu{busy: 125, idle: 175}, 0.25},
		{"all", cpu{}, cpu{busy: 200}, 1},
		{"no time has passed", cpu{busy: 5, idle: 5}, cpu{busy: 5, idle: 5}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.now.shareSince(tt.then); got != tt.want {
				t.Errorf("got %g, want %g", got, tt.want)
			}
		})
	}
}
