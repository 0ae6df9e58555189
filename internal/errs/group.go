package errs

import "sync"

// Group runs functions side by side and brings their errors together in the order of the calls of Go, whichever fails first.
// multierror.Group has them in the order in which they fail, so that the same faults read differently each time; and its Wait
// returns a pointer, which as an error is not nil when all went well. The zero Group is ready to use.
type Group struct {
	wait sync.WaitGroup
	errs []*error
}

// Go runs f in a goroutine. It must be called by one goroutine, which then calls Wait.
func (g *Group) Go(f func() error) {
	err := new(error)
	g.errs = append(g.errs, err)
	g.wait.Go(func() { *err = f() })
}

// Wait waits until all functions have returned, and returns what they did.
func (g *Group) Wait() error {
	g.wait.Wait()
	all := make([]error, len(g.errs))
	for i, err := range g.errs {
		all[i] = *err
	}
	return Join(all...)
}
