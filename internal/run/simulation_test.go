package run

import (
	"errors"
	"fmt"
	"math/rand"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// faults says what goes wrong in a simulation beside the steps themselves.
type faults struct {
	crashes   bool // of the driver, which is replaced
	deletions bool // of Pods, from outside
	cancel    bool
	nodes     bool // die, and come back
	timeouts  bool // there are some, and Pods that take too long
	grows     bool // steps join the run, and some needs must only have ended
	decides   bool // steps have conditions and results, and some stand under finally
}

// simulation is a driver in a world: it feeds Next, does what Next says, and checks each answer.
type simulation struct {
	world
	faults
	model     *model // of its conditions; nil without
	plan      *Plan
	state     State
	check     *checker
	version   int            // of the state
	kept      record.Record  // what the record says: a little late
	keptAt    int            // its version
	lag       int            // how many events it lags behind, on average
	calm      int            // how seldom something goes wrong
	begunWith record.Record  // what it said when this driver began
	timer     time.Duration  // 0 is off
	told      [][]*told      // by step
	listed    string         // the last UID that was given when this driver began
	asked     bool           // the Job bears the cancel mark
	grace     *time.Duration // and this grace
	// finallyAsked: it bears the second mark.
	finallyAsked bool
	done         bool

	transcript func(format string, args ...any) // nil: none
	moves      int
}

// simulate plays one random run to its end. The error names the broken invariant.
func simulate(seed int64, maxSteps int, f faults, transcript func(string, ...any)) (s *simulation, err error) {
	s = newSimulation(rand.New(rand.NewSource(seed)), maxSteps, f)
	s.transcript = transcript
	defer func() {
		if r := recover(); r != nil {
			broken, ok := r.(violation)
			if !ok {
				panic(r)
			}
			err = fmt.Errorf("seed %d, move %d: %w", seed, s.moves, broken)
		}
	}()
	s.begin()
	for limit := 3000 + 1000*len(s.steps); !s.done; s.moves++ {
		if s.moves > limit {
			return s, fmt.Errorf("seed %d: no verdict after %d moves", seed, limit)
		}
		s.turn()
	}
	s.check.afterVerdict(s)
	if err := s.check.model(s); err != nil {
		return s, fmt.Errorf("seed %d: %w", seed, err)
	}
	return s, nil
}

// begin starts a driver.
func (s *simulation) begin() {
	s.state = New(s.plan)
	s.timer = 0
	s.answers, s.watch = nil, nil
	s.forgetUnrecorded()
	began := Restored{Record: s.kept, Cancelled: s.asked, Grace: s.grace, FinallyCancelled: s.finallyAsked}
	s.listed = uid(s.uids)
	s.begunWith, s.told = s.kept, make([][]*told, len(s.steps))
	for p := range s.each {
		began.Pods = append(began.Pods, p.look())
		s.hear(p.look())
	}
	s.rng.Shuffle(len(began.Pods), func(i, j int) { began.Pods[i], began.Pods[j] = began.Pods[j], began.Pods[i] })
	s.check.newDriver(s)
	s.feed(began)
}

// taken is what this driver found about a step in the record.
func (s *simulation) taken(i int) v1alpha1.StepStatus {
	if i >= len(s.begunWith.Steps) {
		return v1alpha1.StepStatus{}
	}
	return s.begunWith.Steps[i]
}

// takenEnd says that the record had the end of an attempt.
func (s *simulation) takenEnd(i, attempt int) bool {
	attempts := s.taken(i).Attempts
	return attempt <= len(attempts) && attempts[attempt-1].Phase.Ended()
}

// turn lets one thing happen: somewhere in the world, or on the way to the driver.
func (s *simulation) turn() {
	s.now += time.Duration(s.rng.Intn(400)) * time.Millisecond
	if s.mishap() {
		return
	}
	var moving []*worldPod
	for p := range s.each {
		if s.stirs(p) {
			moving = append(moving, p)
		}
	}
	ailing, ripe, creates := s.ailing(), s.ripe(), s.ripeCreates()
	choices := []struct{ weight, n int }{
		{6, len(s.watch)}, {4, len(s.answers)}, {4, len(creates)}, {3, len(ripe)}, {4, len(moving)}, {1, len(ailing)}, {1, s.soon()},
	}
	total := 0
	for i, c := range choices {
		if c.n == 0 {
			choices[i].weight = 0
		}
		total += choices[i].weight
	}
	if total == 0 {
		s.pass()
		return
	}
	roll := s.rng.Intn(total)
	chosen := 0
	for roll >= choices[chosen].weight {
		roll -= choices[chosen].weight
		chosen++
	}
	k := s.rng.Intn(choices[chosen].n)
	switch chosen {
	case 0:
		e := s.watch[0]
		s.watch = s.watch[1:]
		s.tell(e)
	case 1:
		e := s.answers[k]
		s.answers = slices.Delete(s.answers, k, k+1)
		s.tell(e)
	case 2:
		s.answers = append(s.answers, s.serve(s.sendCreate(creates[k])))
	case 3:
		s.checkRecord(ripe[k])
		s.serveDelete(ripe[k])
	case 4:
		s.move(moving[k])
	case 5:
		s.ail(ailing[k])
	case 6:
		s.wake()
	}
}

// ripe are the deletes that the driver sends: of those that wait for the record those for which it has been written.
func (s *simulation) ripe() []int {
	var ripe []int
	for k, d := range s.deletes {
		if !d.AfterRecord || s.keptAt >= d.version {
			ripe = append(ripe, k)
		}
	}
	return ripe
}

// soon is 1 if the timer will go off before long.
func (s *simulation) soon() int {
	if s.timer == 0 || s.timer > s.now+time.Minute {
		return 0
	}
	return 1
}

// pass lets time pass, when nothing else is left to happen.
func (s *simulation) pass() {
	switch {
	case len(s.deletes)+len(s.creates) > 0:
		s.keep()
	case s.timer > 0:
		s.wake()
	default:
		panic(violation{errors.New("nothing more will happen, and there is no verdict")})
	}
}

func (s *simulation) wake() {
	s.now = max(s.now, s.timer)
	s.timer = 0
	s.feed(TimerFired{})
}

// keep writes the record.
func (s *simulation) keep() { s.kept, s.keptAt = s.state.Record(), s.version }

// tell feeds news of a Pod or of a create.
func (s *simulation) tell(e Event) {
	switch e := e.(type) {
	case PodSeen:
		s.hear(e.Pod)
	case PodGone:
		s.forget(e.Pod)
	}
	s.feed(e)
}

func (s *simulation) index(step string) int {
	i, err := strconv.Atoi(strings.TrimPrefix(step, "s"))
	if err != nil || i >= len(s.steps) {
		panic("no step " + step)
	}
	return i
}

// feed gives Next an event, and carries out the answer.
func (s *simulation) feed(e Event) {
	e = at(e, s.clock())
	before := s.state
	s.carryOut(e, before, s.check.next(s, e))
}

// carryOut does what Next has said.
func (s *simulation) carryOut(e Event, before State, actions []Action) {
	s.version++
	for _, a := range actions {
		switch a := a.(type) {
		case CreatePod:
			i := s.index(a.Step)
			s.creates = append(s.creates, request{i, a.Attempt, a.AfterRecord, s.version, s.lacks(i)})
		case DeletePod:
			s.deletes = append(s.deletes, queuedDelete{a, s.version})
		case SetTimer:
			s.timer = a.At.Sub(clock(0))
		case Finish:
			s.done = true
		}
	}
	s.note(e, actions)
	s.check.event(s, e, before, actions)
	if s.oneIn(s.lag) || s.done {
		s.keep()
	}
}
