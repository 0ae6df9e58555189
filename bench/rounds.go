package main

import (
	"context"
	"fmt"

	"github.com/stepherd/stepherd/internal/usage"
)

// contestant is the driver or the floor.
type contestant string

const (
	theDriver contestant = "driver"
	theFloor  contestant = "floor"
)

// trial is what was measured of one run of one contestant. Times are in seconds, by the observer's clock.
type trial struct {
	steps int
	// makespan is from the first step's Pod seen to the last main seen ended.
	makespan float64
	// handOvers are, for each step with needs, from the last need's end seen to the step's Pod seen.
	handOvers []float64
	// podTimes are, for each step, from its Pod seen to its main seen ended: what the contestant has no part in.
	podTimes []float64
	usage    usage.Line
}

func (t trial) perStep(x float64) float64 { return x / float64(t.steps) }

// String tells a slow contestant, whose hand-overs are long, from a slow machine, whose Pods take long.
func (t trial) String() string {
	handOvers, podTimes := sorted(t.handOvers), sorted(t.podTimes)
	return fmt.Sprintf("%.2f s (hand-over %.1f ms, p99 %.1f ms; Pod %.0f ms, p99 %.0f ms)", t.makespan,
		1000*quantile(handOvers, 0.5), 1000*quantile(handOvers, 0.99), 1000*quantile(podTimes, 0.5), 1000*quantile(podTimes, 0.99))
}

// round is one trial of each, one right after the other.
type round struct{ driver, floor trial }

func (r round) of(who contestant) trial {
	if who == theDriver {
		return r.driver
	}
	return r.floor
}

// order alternates who is first, so that neither always finds the machine as the other left it.
func order(number int) []contestant {
	if number%2 == 0 {
		return []contestant{theDriver, theFloor}
	}
	return []contestant{theFloor, theDriver}
}

// play runs a shape's rounds.
func (b *bench) play(ctx context.Context, s shape) ([]round, error) {
	rounds := make([]round, 0, b.options.rounds)
	for number := range b.options.rounds {
		r, err := b.playRound(ctx, s, number)
		if err != nil {
			return nil, err
		}
		b.say("%s, round %d of %d: ratio %.3f\n  driver %s\n  floor  %s\n", s.name, number+1, b.options.rounds,
			r.driver.makespan/r.floor.makespan, r.driver, r.floor)
		rounds = append(rounds, r)
	}
	return rounds, nil
}

func (b *bench) playRound(ctx context.Context, s shape, number int) (round, error) {
	trials, seen := map[contestant]trial{}, map[contestant]*tracker{}
	for _, who := range order(number) {
		name := fmt.Sprintf("%s-%s-%d", s.name, who, number+1)
		one, tracker, err := b.try(ctx, name, who, s.pipeline)
		if err != nil {
			return round{}, fmt.Errorf("run %s: %w", name, err)
		}
		trials[who], seen[who] = one, tracker
	}
	if err := samePods(seen[theDriver], seen[theFloor]); err != nil {
		return round{}, fmt.Errorf("round %d of %s: %w", number+1, s.name, err)
	}
	return round{driver: trials[theDriver], floor: trials[theFloor]}, nil
}
