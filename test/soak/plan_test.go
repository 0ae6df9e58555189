package main

import (
	"reflect"
	"testing"
	"time"
)

const hour = time.Hour

func TestPlanIsTheSameForTheSameSeed(t *testing.T) {
	if !reflect.DeepEqual(makePlan(7, hour), makePlan(7, hour)) {
		t.Error("two plans of one seed differ")
	}
	if reflect.DeepEqual(makePlan(7, hour), makePlan(8, hour)) {
		t.Error("the plans of two seeds are the same")
	}
	if !reflect.DeepEqual(shortPlan(7), shortPlan(7)) || reflect.DeepEqual(shortPlan(7), shortPlan(8)) {
		t.Error("the short plan does not follow its seed")
	}
}

// TestPlanHarmsBounded holds, for many seeds, what keeps runs able to make progress.
func TestPlanHarmsBounded(t *testing.T) {
	limits := map[kind][2]time.Duration{
		stopDriver:    {5 * time.Second, 20 * time.Second},
		stopAPIServer: {5 * time.Second, 60 * time.Second},
		blinkNode:     {8 * time.Second, 35 * time.Second},
		loseNode:      {150 * time.Second, 165 * time.Second},
		loseDriver:    {190 * time.Second, 210 * time.Second},
	}
	for seed := range uint64(200) {
		var last action
		for _, a := range makePlan(seed, hour) {
			if l := limits[a.kind]; a.lasts < l[0] || a.lasts > l[1] {
				t.Fatalf("seed %d: %s lasts %s, want %s to %s", seed, a.kind, a.lasts, l[0], l[1])
			}
			if !a.kind.big() {
				continue
			}
			if last.kind != "" && a.at < last.at+last.lasts+rest {
				t.Fatalf("seed %d: %s at %s, while %s is from %s for %s", seed, a.kind, a.at, last.kind, last.at, last.lasts)
			}
			last = a
		}
	}
}

func TestPlanAsksNoAPIServerThatIsAway(t *testing.T) {
	for seed := range uint64(200) {
		plan := makePlan(seed, hour)
		for _, out := range plan {
			for _, a := range plan {
				if out.kind == stopAPIServer && a.kind.asksAPI() && a.at >= out.at && a.at < out.at+out.lasts {
					t.Fatalf("seed %d: %s at %s, while the API server is away from %s for %s", seed, a.kind, a.at, out.at, out.lasts)
				}
			}
		}
	}
}

// TestPlanIsInOrderAndForgetsNothing: each kind comes within ten minutes, whatever the seed.
func TestPlanIsInOrderAndForgetsNothing(t *testing.T) {
	all := []kind{killDriver, stopDriver, evictDriver, deletePod, removePod, evictPod,
		stopAPIServer, renewKubelet, blinkNode, loseNode, loseDriver}
	for seed := range uint64(200) {
		seen, last := map[kind]bool{}, time.Duration(0)
		for _, a := range makePlan(seed, 15*time.Minute) {
			if a.at < last {
				t.Fatalf("seed %d: %s at %s comes after something at %s", seed, a.kind, a.at, last)
			}
			seen[a.kind], last = true, a.at
		}
		for _, k := range all {
			if !seen[k] {
				t.Errorf("seed %d: nothing of the kind %q in 15 minutes", seed, k)
			}
		}
	}
}

func TestShortPlanHasOneOfEachQuickKind(t *testing.T) {
	times := map[kind]int{}
	for _, a := range shortPlan(1) {
		times[a.kind]++
		if a.kind == stopDriver && a.lasts != 8*time.Second || a.kind == stopAPIServer && a.lasts != 5*time.Second {
			t.Errorf("%s lasts %s", a.kind, a.lasts)
		}
	}
	want := map[kind]int{killDriver: 1, stopDriver: 1, stopAPIServer: 1, renewKubelet: 1, deletePod: 1, evictPod: 1}
	if !reflect.DeepEqual(times, want) {
		t.Errorf("the short plan has %v, want %v", times, want)
	}
}
