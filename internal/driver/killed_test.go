package driver_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/driver"
	"github.com/stepherd/stepherd/internal/driver/drivertest"
	"github.com/stepherd/stepherd/internal/driver/recorder"
	"github.com/stepherd/stepherd/internal/run"
)

// pipe is a driver's stdout with the runtime that reads it: what is in the pipe when the driver dies is thrown away.
type pipe struct {
	mu     sync.Mutex
	dead   bool
	unread []byte
	file   []byte
}

const pipeSize = 64 << 10

func (p *pipe) Write(b []byte) (int, error) {
	for n := 0; n < len(b); {
		p.mu.Lock()
		room := pipeSize - len(p.unread)
		if p.dead {
			room = len(b) - n
		} else {
			p.unread = append(p.unread, b[n:min(len(b), n+room)]...)
		}
		p.mu.Unlock()
		if n += min(len(b)-n, room); n < len(b) {
			time.Sleep(time.Millisecond) // virtual time
		}
	}
	return len(b), nil
}

func (p *pipe) left() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.unread)
}

// read plays the runtime until ctx is done; one that stalls reads nothing now and then.
func (p *pipe) read(ctx context.Context, random *rand.Rand, stalls bool) {
	every, most := time.Duration(1+random.IntN(40))*time.Millisecond, 1000+random.IntN(8000)
	for ctx.Err() == nil {
		time.Sleep(every) // virtual time
		if stalls && random.IntN(100) == 0 {
			time.Sleep(time.Duration(random.IntN(6000)) * time.Millisecond)
		}
		p.mu.Lock()
		n := min(most, len(p.unread))
		p.file, p.unread = append(p.file, p.unread[:n]...), p.unread[n:]
		p.mu.Unlock()
	}
}

func (p *pipe) die() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dead, p.unread = true, nil
}

func (p *pipe) isDead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dead
}

var errDead = errors.New("this driver is dead")

// deadPods and deadRecord make no call for a driver that is dead.
type deadPods struct {
	driver.Pods
	*pipe
}

func (d deadPods) Create(ctx context.Context, pod *corev1.Pod) run.Event {
	if d.isDead() {
		return run.CreateFailed{Now: time.Now(), Step: pod.Labels[v1alpha1.LabelStep], Attempt: 1, Class: run.CreateTransient}
	}
	return d.Pods.Create(ctx, pod)
}

func (d deadPods) Delete(ctx context.Context, name, uid string, grace *time.Duration) error {
	if d.isDead() {
		return errDead
	}
	return d.Pods.Delete(ctx, name, uid, grace)
}

type deadRecord struct {
	recorder.Record
	*pipe
}

type finalError struct{ error }

func (finalError) Final() bool { return true }

func (d deadRecord) Save(ctx context.Context, r record.Record, pieces []int) (int, error) {
	if d.isDead() {
		return 0, finalError{errDead}
	}
	return d.Record.Save(ctx, r, pieces)
}

func (d deadRecord) Check(ctx context.Context) error {
	if d.isDead() {
		return finalError{errDead}
	}
	return d.Record.Check(ctx)
}

// TestKilledDrivers: drivers die at any moment. Their outputs, one behind the other, hold every line of every container, in
// order; what comes twice is between marks, and is no older than a second and the time that the record took.
func TestKilledDrivers(t *testing.T) {
	for seed := range uint64(100) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { killDrivers(t, seed) })
		})
	}
}

// killDrivers plays one run. Where the seed is odd, the runtime stalls: then lines are read late, and nothing is said of their
// age.
func killDrivers(t *testing.T, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 1000))
	c := drivertest.NewCluster()
	acts := map[string]drivertest.Act{}
	steps := "a\nb\nc: a\nd: b c"
	for _, key := range []string{"a#1", "a#2", "b#1", "c#1", "d#1"} {
		a := drivertest.Act{Every: time.Duration(1+random.IntN(300)) * time.Millisecond, RunsFor: time.Duration(1+random.IntN(8000)) * time.Millisecond}
		a.Lines = numbered(random.IntN(1 + int(a.RunsFor/a.Every)))
		if random.IntN(3) == 0 {
			a.Init, a.Side = numbered(1+random.IntN(50)), numbered(1+random.IntN(50))
		}
		acts[key] = a
	}
	failing := acts["a#1"]
	failing.Exit = 1
	acts["a#1"] = failing
	c.Play = func(step string, attempt int) drivertest.Act { return acts[fmt.Sprintf("%s#%d", step, attempt)] }
	p := plan(steps, "keepPods: none", "settings: {image: img, retry: {limit: 1, backoff: {duration: 1s, jitter: 0}}}")

	var files []string
	var deaths []time.Time
	for life := 0; ; life++ {
		out := &pipe{}
		ctx, stop := context.WithCancel(t.Context())
		r := drive(t, c, fmt.Sprintf("d%d", life), p, func(config *driver.Config) {
			config.Stdout, config.Unread = out, out.left
			config.Pods = deadPods{config.Pods, out}
			record := config.Record
			config.Record = func(pipeline string) recorder.Record { return deadRecord{record(pipeline), out} }
		})
		var reading sync.WaitGroup
		runtime := rand.New(rand.NewPCG(seed, uint64(life)))
		reading.Go(func() { out.read(ctx, runtime, seed%2 == 1) })
		lives := time.Hour
		if life < 5 {
			lives = time.Duration(random.IntN(6000)) * time.Millisecond
		}
		code := -1
		select {
		case code = <-r.code:
		case <-time.After(lives):
			out.die()
		}
		time.Sleep(time.Second) // the runtime reads what it can still get
		stop()
		reading.Wait()
		files, deaths = append(files, string(out.file)), append(deaths, time.Now().Add(-time.Second))
		if code == 0 {
			break
		}
		r.stop()
		if code < 0 {
			<-r.code
		}
	}
	began := map[string]time.Time{}
	for _, s := range c.Kept().Steps {
		for _, a := range s.Attempts {
			began[fmt.Sprintf("%s#%d", s.Name, a.Number)] = a.StartedAt.Time
		}
	}
	want := map[string]int{}
	for key, a := range acts {
		step, number, _ := strings.Cut(key, "#")
		suffix := ""
		if number != "1" {
			suffix = "#" + number
		}
		want[step+suffix], want[step+"/init"+suffix], want[step+"/side"+suffix] = len(a.Lines), len(a.Init), len(a.Side)
	}
	check := &outputCheck{t: t, stalls: seed%2 == 1, late: map[string]bool{}, next: map[string]int{}, replays: map[string]bool{}}
	check.line = func(prefix string, i int) time.Time { // when it was written
		key, container, _ := strings.Cut(prefix, "/")
		if container != "" {
			return time.Time{}
		}
		if !strings.Contains(key, "#") {
			key += "#1"
		}
		return began[key].Add(time.Duration(i) * acts[key].Every)
	}
	for i, file := range files {
		if i > 0 {
			check.death = deaths[i-1]
			check.young = i > 1 && deaths[i-1].Sub(deaths[i-2]) < 4*time.Second // it may have lived for less than two
		}
		check.file(file)
	}
	for prefix, n := range want {
		if check.next[prefix] != n {
			t.Errorf("%s: %d lines, want %d", prefix, check.next[prefix], n)
		}
	}
	if t.Failed() {
		for i, file := range files {
			t.Logf("driver %d, dead at %v:\n%s", i, deaths[i], file)
		}
	}
}

func numbered(n int) []string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = strconv.Itoa(i)
	}
	return lines
}

// outputCheck reads drivers' outputs one behind the other.
type outputCheck struct {
	t       *testing.T
	next    map[string]int // the next line, by prefix
	replays map[string]bool
	stalls  bool
	late    map[string]bool // lines that a driver found already written when it came
	death   time.Time       // of the driver before
	young   bool            // it may have had no time to save anything
	line    func(prefix string, i int) time.Time
}

func (c *outputCheck) file(text string) {
	clear(c.replays)
	for line := range strings.Lines(text) {
		prefix, words, whole := strings.Cut(strings.TrimSuffix(line, "\n"), " | ")
		i, err := strconv.Atoi(words)
		switch {
		case !strings.HasSuffix(line, "\n"): // the driver died with it
		case !whole:
			c.t.Errorf("no line of a step: %q", line)
		case strings.HasPrefix(words, "[stepherd: the driver was restarted"):
			c.replays[prefix] = true
		case words == "[stepherd: no more repeats]":
			c.replays[prefix] = false
		case err != nil:
			c.t.Errorf("%s: %q", prefix, words)
		case i == c.next[prefix]:
			c.next[prefix]++
			if c.replays[prefix] {
				c.late[line] = true
			}
		case i > c.next[prefix]:
			c.t.Errorf("%s: line %d follows line %d", prefix, i, c.next[prefix]-1)
			c.next[prefix] = i + 1
		case !c.replays[prefix]:
			c.t.Errorf("%s: line %d once more, and not between marks", prefix, i)
		default:
			c.repeated(prefix, i)
			c.late[line] = true
		}
	}
}

// repeated holds that a line that comes again was written in the last second of its driver's life, or of its log, or is one
// of the few with which the log began.
func (c *outputCheck) repeated(prefix string, i int) {
	at := c.line(prefix, i)
	last := c.line(prefix, c.next[prefix]-1)
	if at.IsZero() || c.stalls || c.young || c.late[fmt.Sprintf("%s | %d\n", prefix, i)] || c.next[prefix] <= 25 {
		return
	}
	if age := min(c.death.Sub(at), last.Sub(at)); age > 1100*time.Millisecond {
		c.t.Errorf("%s: line %d came again, written %v before the driver's death, %v before the last line", prefix, i, c.death.Sub(at), last.Sub(at))
	}
}
