// Package component is what this binary becomes under a hidden first argument: the parts of
// Kubernetes, etcd, and kubectl, each started exactly as its own main would.
//
// It decides nothing about flags: they come from package config.
package component

import (
	"context"
	"os"

	// CronJobs name time zones, and a small machine has no list of them.
	_ "time/tzdata"

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"

	"github.com/stepherd/stepherd/test/localcluster/config"
)

var components = map[string]func() int{
	config.Etcd:              runEtcd,
	config.APIServer:         func() int { return cli.Run(apiserver.NewAPIServerCommand()) },
	config.ControllerManager: runControllerManager,
	config.Scheduler:         func() int { return cli.Run(scheduler.NewSchedulerCommand()) },
	config.Kubelet:           func() int { return cli.Run(kubelet.NewKubeletCommand(context.Background())) },
	config.Proxy:             func() int { return cli.Run(proxy.NewProxyCommand()) },
	config.Door:              runDoor,
}

// Run becomes the component that the first argument names; ok is false when it names none.
func Run() (code int, ok bool) {
	run, ok := named(os.Args)
	if !ok {
		return 0, false
	}
	os.Args = os.Args[1:]
	return run(), true
}

// named finds the component. `kubelet restart` is a verb; the component kubelet is given flags alone.
func named(args []string) (func() int, bool) {
	if len(args) < 2 || args[1] == config.Kubelet && len(args) > 2 && args[2] == "restart" {
		return nil, false
	}
	run, ok := components[args[1]]
	return run, ok
}

func runEtcd() int {
	etcdmain.Main(os.Args)
	return 0
}

func runControllerManager() int {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go provision(ctx, os.Getenv(config.KubeconfigVariable), os.Getenv(config.VolumesVariable))
	return cli.Run(controllermanager.NewControllerManagerCommand())
}

// Kubectl runs kubectl with these arguments and does not return when it fails: kubectl ends the
// process itself, with the exit code that it wants.
func Kubectl(kubeconfig string, args []string) error {
	if err := os.Setenv("KUBECONFIG", kubeconfig); err != nil {
		return err
	}
	os.Args = append([]string{"kubectl"}, args...)
	if _, err := logs.GlogSetter(kubectl.GetLogVerbosity(os.Args)); err != nil {
		return err
	}
	kubectlutil.CheckErr(cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()))
	return nil
}
