package cluster

import (
	"context"
	"fmt"
	"net"

	"github.com/stepherd/stepherd/test/localcluster/config"
	"github.com/stepherd/stepherd/test/localcluster/proc"
)

// openDoor opens the listener for the door, on the same port as before if that is still free.
func (u *up) openDoor(ctx context.Context) error {
	if u.Spec.Port != 0 && u.running(config.Door) {
		return nil
	}
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp4", fmt.Sprintf("127.0.0.1:%d", u.Spec.Port))
	if err != nil {
		if listener, err = listen.Listen(ctx, "tcp4", "127.0.0.1:0"); err != nil {
			return fmt.Errorf("open a port on 127.0.0.1: %w", err)
		}
	}
	defer listener.Close()
	u.Spec.Port = listener.Addr().(*net.TCPAddr).Port
	u.door, err = listener.(*net.TCPListener).File()
	if err != nil {
		return fmt.Errorf("keep port %d open: %w", u.Spec.Port, err)
	}
	return nil
}

func (u *up) running(process string) bool {
	_, ok := proc.Recorded(u.Name, u.Record(process))
	return ok
}

// ensure starts a process unless it runs. One that ends before `up` does, ends `up`.
func (u *up) ensure(ctx context.Context, c proc.Command) error {
	if u.running(c.Name) {
		return nil
	}
	p, err := proc.Start(c, u.lock, u.Record(c.Name), u.Log(c.Name))
	if err != nil {
		return err
	}
	u.started[c.Name] = true
	go func() {
		select {
		case <-ctx.Done():
		case <-p.Done():
			u.died(fmt.Errorf("%s ended (%w): see %s", c.Name, p.Err(), u.Log(c.Name)))
		}
	}()
	return nil
}

func (u *up) startAPIServer(ctx context.Context) error {
	door := u.DoorProcess(u.self)
	door.Inherit = u.door
	processes := []proc.Command{door, u.EtcdProcess(u.self), u.APIServerProcess(u.self)}
	for _, n := range u.Spec.Nodes {
		processes = append(processes, u.ContainerdProcess(n))
	}
	for _, p := range processes {
		if err := u.ensure(ctx, p); err != nil {
			return err
		}
	}
	u.loadImages(ctx)
	var err error
	if u.client, err = newClient(u.Instance); err != nil {
		return err
	}
	return poll(ctx, func(ctx context.Context) error { return ready(ctx, u.client) })
}

func (u *up) startNodes(ctx context.Context) error {
	processes := []proc.Command{u.ControllerManagerProcess(u.self), u.SchedulerProcess(u.self)}
	for _, n := range u.Spec.Nodes {
		processes = append(processes, u.KubeletProcess(u.self, n), u.ProxyProcess(u.self, n))
	}
	for _, p := range processes {
		if err := u.ensure(ctx, p); err != nil {
			return err
		}
	}
	if err := u.allowNodes(ctx); err != nil {
		return err
	}
	return u.waitForNodes(ctx)
}
