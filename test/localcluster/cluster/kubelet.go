package cluster

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/stepherd/stepherd/test/localcluster/config"
	"github.com/stepherd/stepherd/test/localcluster/ns"
	"github.com/stepherd/stepherd/test/localcluster/plan"
)

// RestartKubelet kills a node's kubelet and starts it again. Its containers go on.
func RestartKubelet(ctx context.Context, i plan.Instance, name string, out io.Writer) error {
	return onNode(ctx, i, name, "kubelet restart", out, func(ctx context.Context, u *up, s nodeState) error {
		if err := s.refuseStopped("it has no kubelet"); err != nil {
			return err
		}
		fmt.Fprintf(out, "the kubelet of %s of cluster %q, waiting for\n", s.Name, i.Name)
		err := runPhases(ctx, out, []phase{
			{"the old one to end", func(ctx context.Context) error {
				return u.processes.end(ctx, config.NodeProcess(config.Kubelet, s.Name))
			}},
			{"the new one to be healthy", func(ctx context.Context) error {
				if err := u.processes.ensure(ctx, u.KubeletProcess(u.self, s.Node)); err != nil {
					return err
				}
				u.processes.unlock()
				return u.waitForKubelet(ctx, s.Node)
			}},
		})
		if err != nil {
			return fmt.Errorf("the kubelet of %s of cluster %q is not restarted: %w", s.Name, i.Name, err)
		}
		fmt.Fprintf(out, "the kubelet of %s is restarted after %.1f s\n", s.Name, time.Since(u.begin).Seconds())
		return nil
	})
}

// waitForKubelet waits until the kubelet reports that it is healthy.
func (u *up) waitForKubelet(ctx context.Context, n plan.Node) error {
	inside := ns.Set{Net: u.NodeNetns(n.Number)}
	var dialer net.Dialer
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, address string) (conn net.Conn, err error) {
			err = inside.Do(func() (err error) {
				conn, err = dialer.DialContext(ctx, network, address)
				return err
			})
			return conn, err
		},
	}
	client := &http.Client{Transport: transport, Timeout: time.Second}
	err := poll(ctx, func(ctx context.Context) error { return healthy(ctx, client, config.KubeletHealth) })
	if err != nil {
		return fmt.Errorf("wait for the kubelet of %s to be healthy: %w", n.Name, err)
	}
	return nil
}

func healthy(ctx context.Context, client *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %s", answer.Status)
	}
	return nil
}
