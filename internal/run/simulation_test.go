package run

import (
	"errors"
	"fmt"
	"math/rand"
	"slices"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// faults says what goes wrong in a simulation beside the steps themselves.
type faults struct {
	crashes   bool // of the driver, which is replaced
	deletions bool // of Pods, from outside
	cancel    bool
}

// simulation is a driver in a world: it feeds Next, does what Next says, and checks each answer.
type simulation struct {
	world
	faults
	plan       *Plan
	state      State
	check      *checker
	kept       v1alpha1.Record // what the record says: a little late
	begunWith  v1alpha1.Record // what it said when this driver began
	timer      time.Duration   // 0 is off
	known      []Pod           // by step: the best that this driver was told of the first Pod it heard of
	strays     []Pod           // the other Pods it was told of
	asked      bool            // the Job bears the cancel mark
	done       bool
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
	for limit := 2000 + 300*len(s.steps); !s.done; s.moves++ {
		if s.moves > limit {
			return s, fmt.Errorf("seed %d: no verdict after %d moves", seed, limit)
		}
		s.turn()
	}
	s.check.afterVerdict(s)
	return s, s.check.model(s)
}

// newSimulation makes a random plan and fates for its steps.
func newSimulation(rng *rand.Rand, maxSteps int, f faults) *simulation {
	n := 1 + rng.Intn(maxSteps)
	p := &v1alpha1.Pipeline{
		FailurePolicy: []v1alpha1.FailurePolicy{v1alpha1.StopOnFailure, v1alpha1.FailFast, v1alpha1.ContinueOnFailure}[rng.Intn(3)],
		Parallelism:   int32(rng.Intn(2) * (1 + rng.Intn(6))),
	}
	none, long := int32(0), v1alpha1.Duration(1000*time.Hour)
	p.Settings.Retry, p.Settings.StartTimeout = &v1alpha1.Retry{InfraLimit: &none}, &long
	s := &simulation{faults: f, known: make([]Pod, n)}
	s.world = world{rng: rng, pipeline: p, steps: make([]worldStep, n), pods: make([]*worldPod, n)}
	s.quota = rng.Intn(2) * (1 + rng.Intn(8))
	density, badness := 1+rng.Intn(8), rng.Intn(12)
	rank := rng.Perm(n) // the order of the file need not be an order of the graph
	exclusive := make([]bool, n)
	for i := range n {
		st := &s.steps[i]
		step := v1alpha1.Step{Name: fmt.Sprintf("s%d", i)}
		for j := range n {
			if rank[j] < rank[i] && rank[j] > rank[i]-12 && s.oneIn(density) {
				st.needs = append(st.needs, j)
				step.Needs = append(step.Needs, fmt.Sprintf("s%d", j))
			}
		}
		exclusive[i] = s.oneIn(4)
		st.exclusive, st.sides = exclusive[i], s.oneIn(8)
		if badness > 4 && s.oneIn(badness) {
			st.fate = fate(1 + rng.Intn(4))
			st.mayFail = true
		}
		p.Steps = append(p.Steps, step)
	}
	plan, err := NewPlan(p, exclusive)
	if err != nil {
		panic(err)
	}
	s.plan = plan
	s.check = newChecker(s)
	return s
}

// begin starts a driver.
func (s *simulation) begin() {
	s.state = New(s.plan)
	s.timer = 0
	s.answers, s.watch = nil, nil
	began := Began{Record: s.kept, Cancelled: s.asked}
	clear(s.known)
	s.strays = nil
	for i, p := range s.pods {
		if p != nil {
			began.Pods = append(began.Pods, p.Pod)
			s.known[i] = p.Pod
		}
	}
	s.rng.Shuffle(len(began.Pods), func(i, j int) { began.Pods[i], began.Pods[j] = began.Pods[j], began.Pods[i] })
	s.begunWith = s.kept
	s.check.newDriver(s)
	s.feed(began)
}

// taken is what this driver found about a step in the record.
func (s *simulation) taken(i int) v1alpha1.StepStatus {
	if len(s.begunWith.Steps) == 0 {
		return v1alpha1.StepStatus{}
	}
	return s.begunWith.Steps[i]
}

// turn lets one thing happen: somewhere in the world, or on the way to the driver.
func (s *simulation) turn() {
	s.now += time.Duration(s.rng.Intn(400)) * time.Millisecond
	if s.mishap() {
		return
	}
	moving := s.moving()
	choices := []struct{ weight, n int }{
		{6, len(s.watch)}, {4, len(s.answers)}, {4, len(s.creates)}, {3, len(s.deletes)}, {4, len(moving)}, {1, int(min(1, s.timer))},
	}
	total := 0
	for i, c := range choices {
		if c.n == 0 {
			choices[i].weight = 0
		}
		total += choices[i].weight
	}
	if total == 0 {
		panic(violation{errors.New("nothing more will happen, and there is no verdict")})
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
		s.serve(k)
	case 3:
		s.serveDelete(k)
	case 4:
		s.move(moving[k])
	case 5:
		s.now = max(s.now, s.timer)
		s.timer = 0
		s.feed(Woke{})
	}
}

// mishap now and then lets something go wrong.
func (s *simulation) mishap() bool {
	switch roll := s.rng.Intn(400); {
	case roll < 8: // the same again, and something older first
		if step := s.rng.Intn(len(s.pods)); s.pods[step] != nil {
			older := s.look(step)
			older.Running, older.End, older.Terminal, older.Deleting = false, EndNone, false, false
			s.watch = append(s.watch, PodSeen{Pod: older}, PodSeen{Pod: s.look(step)})
		}
	case roll < 12:
		s.relist()
	case roll < 13:
		s.feed(Woke{}) // a timer that was replaced
	case roll < 15 && s.crashes:
		s.crash()
	case roll < 17 && s.deletions:
		if step := s.rng.Intn(len(s.pods)); s.pods[step] != nil {
			s.remove(step)
		}
	case roll < 18 && s.cancel:
		s.asked = true
		s.feed(CancelAsked{})
	default:
		return false
	}
	return true
}

// relist is what follows a gap in the watch: what was missed shows as it is now.
func (s *simulation) relist() {
	s.watch = nil
	for _, known := range slices.Concat(s.known, s.strays) {
		if known.UID == "" {
			continue
		}
		if p := s.pods[s.index(known.Step)]; p == nil || p.UID != known.UID {
			s.watch = append(s.watch, PodGone{Pod: known})
		}
	}
	for i, p := range s.pods {
		if p != nil {
			s.news(i)
		}
	}
}

// crash replaces the driver. What it had sent may come through, get lost, or come through later.
func (s *simulation) crash() {
	for k := len(s.creates) - 1; k >= 0; k-- {
		s.creates[k].orphaned = true
		switch s.rng.Intn(3) {
		case 0:
			s.serve(k)
		case 1:
			s.creates = slices.Delete(s.creates, k, k+1)
		case 2:
			s.late = true
		}
	}
	for len(s.deletes) > 0 {
		if s.oneIn(2) {
			s.serveDelete(0)
		} else {
			s.deletes = s.deletes[1:]
		}
	}
	if s.oneIn(2) {
		s.kept = s.state.Record()
	}
	s.begin()
}

// tell feeds news of a Pod or of a create.
func (s *simulation) tell(e Event) {
	switch e := e.(type) {
	case PodSeen:
		s.remember(e.Pod)
	case PodGone:
		s.forget(e.Pod)
	}
	s.feed(e)
}

// remember keeps the best that the driver was told of a Pod.
func (s *simulation) remember(pod Pod) {
	known := &s.known[s.index(pod.Step)]
	if known.UID != "" && known.UID != pod.UID {
		k := slices.IndexFunc(s.strays, func(p Pod) bool { return p.UID == pod.UID })
		if k < 0 {
			k = len(s.strays)
			s.strays = append(s.strays, pod)
		}
		known = &s.strays[k]
	}
	if known.UID == "" || !known.Terminal && (known.End == EndNone || pod.End != EndNone) {
		*known = pod
	}
}

// forget keeps in mind that the driver was told of a Pod's disappearance.
func (s *simulation) forget(pod Pod) {
	for _, pods := range [][]Pod{s.known, s.strays} {
		for i := range pods {
			if pods[i].UID == pod.UID {
				pods[i].Terminal = true
			}
		}
	}
}

func (s *simulation) index(step string) int {
	i, ok := s.plan.graph.Index(step)
	if !ok {
		panic("no step " + step)
	}
	return i
}

// feed gives Next an event, checks the answer, and does what it says.
func (s *simulation) feed(e Event) {
	e = at(e, s.clock())
	before := s.state
	actions := s.check.next(s, e)
	for _, a := range actions {
		switch a := a.(type) {
		case CreatePod:
			s.creates = append(s.creates, request{step: s.index(a.Step)})
		case DeletePod:
			s.deletes = append(s.deletes, a)
		case WakeAt:
			s.timer = a.At.Sub(clock(0))
		case Finish:
			s.done = true
		}
	}
	s.note(e, actions)
	s.check.event(s, e, before, actions)
	s.check.slots(s)
	if s.oneIn(6) || s.done {
		s.kept = s.state.Record()
	}
}

// note writes the transcript, if there is to be one.
func (s *simulation) note(e Event, actions []Action) {
	if s.transcript == nil {
		return
	}
	switch e := e.(type) {
	case PodSeen:
		s.transcript("%v seen %s", s.now, compact(e.Pod))
	case PodGone:
		s.transcript("%v gone %s", s.now, compact(e.Pod))
	case CreateFailed:
		s.transcript("%v refused %s class %d", s.now, e.Step, e.Class)
	default:
		s.transcript("%v %T", s.now, e)
	}
	for _, a := range actions {
		s.transcript("    %s", show(a))
	}
}

func compact(p Pod) string {
	return fmt.Sprintf("%s %s running=%v end=%d trouble=%d sides=%v deleting=%v terminal=%v %s",
		p.Step, p.UID, p.Running, p.End, p.Trouble, p.SidesRunning, p.Deleting, p.Terminal, p.Reason)
}

func at(e Event, now time.Time) Event {
	switch e := e.(type) {
	case Began:
		e.Now = now
		return e
	case PodSeen:
		e.Now = now
		return e
	case PodGone:
		e.Now = now
		return e
	case CreateFailed:
		e.Now = now
		return e
	case CancelAsked:
		e.Now = now
		return e
	case Woke:
		e.Now = now
		return e
	}
	panic("unknown event")
}
