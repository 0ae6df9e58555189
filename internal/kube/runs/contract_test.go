package runs_test

import (
	"testing"

	"github.com/stepherd/stepherd/internal/kube/kubetest"
	"github.com/stepherd/stepherd/internal/kube/runs"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
)

// TestRunsKeepTheContract holds Runs, on the real client-go, to what the launcher relies on.
func TestRunsKeepTheContract(t *testing.T) {
	launchtest.Contract(t, func(*testing.T) launchtest.World {
		return launchtest.World{Ports: launchtest.PortsOf(runs.New(kubetest.New().Client())), Namespace: ns}
	})
}
