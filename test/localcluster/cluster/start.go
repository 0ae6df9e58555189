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
	if u.Spec.Port != 0 && u.processes.running(config.Door) {
		return nil
	}
	listener, err := listenOn(ctx, u.Spec.Port)
	if err != nil {
		return fmt.Errorf("open a port on 127.0.0.1: %w", err)
	}
	defer listener.Close()
	u.Spec.Port = listener.Addr().(*net.TCPAddr).Port
	u.door, err = listener.(*net.TCPListener).File()
	if err != nil {
		return fmt.Errorf("keep port %d open: %w", u.Spec.Port, err)
	}
	return nil
}

// listenOn listens on the port, or on a free one. It asks for every port by number: only then may
// the door stop listening and keep it.
func listenOn(ctx context.Context, port int) (net.Listener, error) {
	const tries = 5 // somebody may take a free port before we do
	var config net.ListenConfig
	var last error
	for range tries {
		if port == 0 {
			free, err := config.Listen(ctx, "tcp4", "127.0.0.1:0")
			if err != nil {
				return nil, err
			}
			port = free.Addr().(*net.TCPAddr).Port
			_ = free.Close()
		}
		listener, err := config.Listen(ctx, "tcp4", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			return listener, nil
		}
		last, port = err, 0
	}
	return nil, last
}

func (u *up) startAPIServer(ctx context.Context) error {
	door := u.DoorProcess(u.self)
	door.Inherit = u.door
	processes := []proc.Command{door, u.EtcdProcess(u.self), u.APIServerProcess(u.self)}
	for _, n := range u.Spec.Nodes {
		processes = append(processes, u.ContainerdProcess(n))
	}
	if err := u.processes.ensureAll(ctx, processes); err != nil {
		return err
	}
	u.loadImages(ctx)
	return u.waitForAPI(ctx)
}

func (u *up) waitForAPI(ctx context.Context) (err error) {
	if u.client, err = newClient(u.Instance); err != nil {
		return err
	}
	return poll(ctx, func(ctx context.Context) error { return ready(ctx, u.client) })
}

func (u *up) startNodes(ctx context.Context) error {
	if err := u.startControllers(ctx); err != nil {
		return err
	}
	var processes []proc.Command
	for _, n := range u.Spec.Nodes {
		processes = append(processes, u.KubeletProcess(u.self, n), u.ProxyProcess(u.self, n))
	}
	if err := u.processes.ensureAll(ctx, processes); err != nil {
		return err
	}
	if err := u.allowNodes(ctx); err != nil {
		return err
	}
	for _, n := range u.Spec.Nodes {
		if err := u.waitForNode(ctx, n); err != nil {
			return err
		}
	}
	return nil
}
