package launchtest_test

import (
	"testing"

	"github.com/stepherd/stepherd/internal/launch/launchtest"
)

func inMemory(*testing.T) launchtest.World {
	return launchtest.World{Ports: launchtest.New("ml").Ports(), Namespace: "ml"}
}

// TestFakesKeepTheContract holds the fakes to what the adapters of Kubernetes do.
func TestFakesKeepTheContract(t *testing.T) { launchtest.Contract(t, inMemory) }

func TestFakesKeepTheServerContract(t *testing.T) { launchtest.ServerContract(t, inMemory(t)) }
