package main

import (
	"slices"
	"testing"
)

func TestSpreadOf(t *testing.T) {
	tests := []struct {
		name string
		in   []float64
		want spread
	}{
		{name: "none", want: spread{}},
		{name: "one", in: []float64{7}, want: spread{N: 1, Min: 7, Q1: 7, Median: 7, Q3: 7, Max: 7}},
		{name: "two", in: []float64{3, 1}, want: spread{N: 2, Min: 1, Q1: 1.5, Median: 2, Q3: 2.5, Max: 3}},
		{name: "even", in: []float64{4, 1, 3, 2}, want: spread{N: 4, Min: 1, Q1: 1.75, Median: 2.5, Q3: 3.25, Max: 4}},
		{name: "odd, out of order", in: []float64{50, 10, 40, 20, 30}, want: spread{N: 5, Min: 10, Q1: 20, Median: 30, Q3: 40, Max: 50}},
		{
			name: "nine rounds with one outlier",
			in:   []float64{1.01, 1.02, 1.00, 1.03, 9.99, 0.99, 1.01, 1.02, 1.01},
			want: spread{N: 9, Min: 0.99, Q1: 1.01, Median: 1.01, Q3: 1.02, Max: 9.99},
		},
		{name: "all the same", in: []float64{2, 2, 2}, want: spread{N: 3, Min: 2, Q1: 2, Median: 2, Q3: 2, Max: 2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := slices.Clone(tt.in)
			if got := spreadOf(tt.in); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
			if !slices.Equal(tt.in, before) {
				t.Errorf("the figures were re-ordered to %v", tt.in)
			}
		})
	}
}

// The ratio of the medians would be 1 here: a machine that slows down must not hide, or make up, a difference.
func TestRatiosArePaired(t *testing.T) {
	rounds := []round{
		{driver: trial{makespan: 11}, floor: trial{makespan: 10}},
		{driver: trial{makespan: 22}, floor: trial{makespan: 20}},
		{driver: trial{makespan: 5}, floor: trial{makespan: 11}},
	}
	if got, want := ratios(rounds, makespan), []float64{1.1, 1.1, 5.0 / 11}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := spreadOf(ratios(rounds, makespan)).Median, 1.1; got != want {
		t.Errorf("got median %g, want %g", got, want)
	}
	if got, want := each(rounds, theFloor, makespan), []float64{10, 20, 11}; !slices.Equal(got, want) {
		t.Errorf("got the floor's %v, want %v", got, want)
	}
}
