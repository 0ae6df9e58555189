package drivertest_test

import (
	"testing"

	"github.com/stepherd/stepherd/internal/driver/drivertest"
)

func TestClusterKeepsTheContract(t *testing.T) {
	drivertest.Contract(t, func(*testing.T) drivertest.World {
		w := drivertest.NewClusterWorld()
		return w
	})
}
