package main

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"
)

// kind is a kind of harm, in the words of the report.
type kind string

// The kinds of harm.
const (
	killDriver    kind = "driver killed (SIGKILL)"
	stopDriver    kind = "driver stopped for a while (SIGSTOP, SIGCONT)"
	evictDriver   kind = "driver's Pod evicted"
	deletePod     kind = "step Pod deleted"
	removePod     kind = "step Pod deleted by force (grace 0)"
	evictPod      kind = "step Pod evicted"
	stopAPIServer kind = "API server stopped, and started again"
	renewKubelet  kind = "kubelet restarted"
	blinkNode     kind = "node cut off for a moment"
	loseNode      kind = "node cut off until it was given up"
	loseDriver    kind = "node of a driver cut off until it was given up"
)

// big are disturbances of the cluster: never two at once. The others are aimed at one process or Pod.
func (k kind) big() bool {
	switch k {
	case stopAPIServer, renewKubelet, blinkNode, loseNode, loseDriver:
		return true
	default:
		return false
	}
}

// asksAPI reports whether a small one is done through the API, and so not while that is away.
func (k kind) asksAPI() bool {
	switch k {
	case evictDriver, deletePod, removePod, evictPod:
		return true
	default:
		return false
	}
}

// action is one thing to do.
type action struct {
	kind kind
	// at is when, from the start; not before it, that is, because big ones wait for each other.
	at time.Duration
	// lasts is how long it is left so; 0 for what is done in a moment.
	lasts time.Duration
	// pick chooses among those that it can be done to.
	pick uint64
}

// choose gives one of n; n is not 0.
func (a action) choose(n int) int { return int(a.pick % uint64(n)) }

const (
	// rest is at least between two big disturbances, so that runs get somewhere.
	rest = 12 * time.Second
	// longRest is after a node was lost and has come back.
	longRest = 30 * time.Second
	// afterOutage is how long after the API server's return it is asked for something.
	afterOutage = 3 * time.Second
)

// makePlan is all that is done until length has passed, in the order of time. The same seed gives the same plan.
func makePlan(seed uint64, length time.Duration) []action {
	big := bigOnes(rand.New(rand.NewPCG(seed, 1)), length)
	all := append(smallOnes(rand.New(rand.NewPCG(seed, 2)), length, big), big...)
	slices.SortStableFunc(all, func(a, b action) int { return cmp.Compare(a.at, b.at) })
	return all
}

// bigOnes follow each other with a rest in between.
func bigOnes(r *rand.Rand, length time.Duration) []action {
	deal := dealer(r, map[kind]int{stopAPIServer: 3, renewKubelet: 3, blinkNode: 2, loseNode: 1, loseDriver: 1})
	var out []action
	for at := between(r, 10*time.Second, 20*time.Second); at < length; {
		a := action{kind: deal(), at: at, pick: r.Uint64()}
		pause := rest
		switch a.kind {
		case stopAPIServer:
			a.lasts = between(r, 5*time.Second, 60*time.Second)
		case blinkNode:
			a.lasts = between(r, 8*time.Second, 35*time.Second)
		case loseNode:
			// 50 s until the node counts as lost, 60 s that step Pods tolerate it, 10 s until the driver gives them up.
			a.lasts, pause = between(r, 150*time.Second, 165*time.Second), longRest
		case loseDriver:
			// 50 s and the 30 s that a driver tolerates it; its Pod is said to be stuck 60 s later.
			a.lasts, pause = between(r, 190*time.Second, 210*time.Second), longRest
		default: // renewKubelet takes no time
		}
		out = append(out, a)
		at += a.lasts + pause + between(r, 0, 10*time.Second)
	}
	return out
}

// smallOnes come every few seconds, whatever the cluster suffers meanwhile; only what needs the API server waits for it.
func smallOnes(r *rand.Rand, length time.Duration, big []action) []action {
	deal := dealer(r, map[kind]int{killDriver: 2, stopDriver: 2, evictDriver: 1, deletePod: 3, removePod: 1, evictPod: 3})
	var out []action
	for at := between(r, 4*time.Second, 10*time.Second); at < length; at += between(r, 4*time.Second, 10*time.Second) {
		a := action{kind: deal(), at: at, pick: r.Uint64()}
		if a.kind == stopDriver {
			a.lasts = between(r, 5*time.Second, 20*time.Second)
		}
		if a.kind.asksAPI() {
			a.at = afterOutages(a.at, big)
		}
		out = append(out, a)
	}
	return out
}

// afterOutages moves a moment out of the time in which the API server is away.
func afterOutages(at time.Duration, big []action) time.Duration {
	for _, b := range big {
		if back := b.at + b.lasts + afterOutage; b.kind == stopAPIServer && at >= b.at && at < back {
			return back
		}
	}
	return at
}

// shortPlan has one of each of the quick kinds, in a time in which even two short runs are not over.
func shortPlan(seed uint64) []action {
	r := rand.New(rand.NewPCG(seed, 3))
	plan := []action{
		{kind: deletePod, at: 4 * time.Second},
		{kind: killDriver, at: 8 * time.Second},
		{kind: stopAPIServer, at: 12 * time.Second, lasts: 5 * time.Second},
		{kind: stopDriver, at: 22 * time.Second, lasts: 8 * time.Second},
		{kind: renewKubelet, at: 28 * time.Second},
		{kind: evictPod, at: 38 * time.Second},
	}
	for i := range plan {
		plan[i].pick = r.Uint64()
	}
	return plan
}

// dealer deals kinds as from a pack of cards: in a random order, and each as often as the pack has it before the pack is
// shuffled again. So no kind is forgotten for long by chance.
func dealer(r *rand.Rand, pack map[kind]int) func() kind {
	var cards, left []kind
	for k, n := range pack {
		cards = append(cards, slices.Repeat([]kind{k}, n)...)
	}
	slices.Sort(cards) // a map has no order
	return func() kind {
		if len(left) == 0 {
			left = slices.Clone(cards)
			r.Shuffle(len(left), func(i, j int) { left[i], left[j] = left[j], left[i] })
		}
		k := left[0]
		left = left[1:]
		return k
	}
}

// between gives a time in [from, to), in whole milliseconds.
func between(r *rand.Rand, from, to time.Duration) time.Duration {
	return from + time.Duration(r.Int64N(int64((to-from)/time.Millisecond)))*time.Millisecond
}
