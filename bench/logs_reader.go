package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"go.uber.org/zap"
	"k8s.io/client-go/rest"

	"github.com/stepherd/stepherd/internal/driver"
	"github.com/stepherd/stepherd/internal/driver/drivertest"
	"github.com/stepherd/stepherd/internal/driver/recorder"
	"github.com/stepherd/stepherd/internal/kube"
	"github.com/stepherd/stepherd/internal/kube/podlogs"
	"github.com/stepherd/stepherd/internal/podspec"
	"github.com/stepherd/stepherd/test/rig"
)

// readerCommand is the hidden first argument under which this program is a driver that follows the logs of a logServer:
// `bench log-reader HOST CA-FILE STREAMS`. All of it is the driver's own but the Pods, the record and the rest of the cluster,
// which are played.
const readerCommand = "log-reader"

func readLogs(args []string, stdout, stderr io.Writer) int {
	if len(args) != 3 {
		fmt.Fprintf(stderr, "bench: %s takes a host, a file and a number\n", readerCommand)
		return rig.ExitUsage
	}
	driver.CollectEarly(os.Getenv)
	ca, err := os.ReadFile(args[1])
	if err != nil {
		fmt.Fprintf(stderr, "bench: read the certificate: %v\n", err)
		return rig.ExitTrouble
	}
	streams, err := strconv.Atoi(args[2])
	if err != nil {
		fmt.Fprintf(stderr, "bench: how many logs are to be followed: %v\n", err)
		return rig.ExitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	many, err := podlogs.NewMany(kube.WithDefaults(&rest.Config{Host: args[0], TLSClientConfig: rest.TLSClientConfig{CAData: ca}}, "stepherd-bench"), "ns")
	if err != nil {
		fmt.Fprintf(stderr, "bench: %v\n", err)
		return rig.ExitTrouble
	}
	c := drivertest.NewCluster()
	c.Play = func(string, int) drivertest.Act { return drivertest.Act{StartsAfter: time.Millisecond, Never: true} }
	return driver.Run(ctx, driver.Config{
		Plan:     widePlan(streams),
		Identity: podspec.Identity{Run: "r", RunUID: "11111111-2222-3333-4444-555555555555", Namespace: "ns"},
		Stdout:   stdout, Unread: func() int { return 0 }, Logger: zap.NewNop(),
		Pods: c.Pods(), Mark: c.Mark(), Warnings: c.Warnings(), Record: func(string) recorder.Record { return c.Record("bench") },
		Logs: many, Streams: streams,
	})
}

// widePlan is so many steps side by side.
func widePlan(steps int) []byte {
	var file strings.Builder
	fmt.Fprintf(&file, head, "bench-logs")
	for i := range steps {
		file.WriteString(step(fmt.Sprintf("s-%d", i+1)))
	}
	return []byte(file.String())
}
