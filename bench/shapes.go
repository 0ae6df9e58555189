package main

import (
	"fmt"
	"strings"

	"github.com/stepherd/stepherd/internal/api/pipelinefile"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// shape is a pipeline to be measured, and the bar that the driver has to pass with it.
type shape struct {
	name string
	// title names it in the report.
	title string
	// bar is the highest median ratio of the makespans, driver / floor; goal is what is wished.
	bar, goal float64
	pipeline  *v1alpha1.Pipeline
}

// head is the same for all. The requests are so small that 50 Pods fit on one small node; there is no memory limit,
// because the runtime needs more than a no-op's to start a container.
const head = headWithoutSteps + "steps:\n"

const headWithoutSteps = `apiVersion: stepherd.dev/v1alpha1
kind: Pipeline
metadata: {name: %s}
settings:
  image: docker.io/library/busybox:latest
  imagePullPolicy: IfNotPresent
  resources: {requests: {cpu: 1m, memory: 8Mi}}
`

// allShapes gives the shapes in the order of the report.
func allShapes() ([]shape, error) {
	shapes := []shape{
		{name: "chain", title: "chain of 20", bar: 1.05, goal: 1.03},
		{name: "fanout", title: "fan-out of 50 and join", bar: 1.10, goal: 1.05},
		{name: "layers", title: "10 fully connected layers of 10", bar: 1.10, goal: 1.05},
	}
	steps := map[string]string{"chain": chain(20), "fanout": fanOut(50), "layers": layers(10, 10)}
	for i := range shapes {
		s := &shapes[i]
		file := fmt.Sprintf(head, "bench-"+s.name) + steps[s.name]
		p, err := pipelinefile.Decode("bench/"+s.name, []byte(file))
		if err != nil {
			return nil, fmt.Errorf("the benchmark's own pipeline %s: %w", s.name, err)
		}
		s.pipeline = p
	}
	return shapes, nil
}

// step is one no-op step's line of the file.
func step(name string, needs ...string) string {
	return fmt.Sprintf("- {name: %s, needs: [%s], command: [\"true\"]}\n", name, strings.Join(needs, ", "))
}

func chain(length int) string {
	var file strings.Builder
	file.WriteString(step("s-1"))
	for i := 2; i <= length; i++ {
		file.WriteString(step(fmt.Sprintf("s-%d", i), fmt.Sprintf("s-%d", i-1)))
	}
	return file.String()
}

func fanOut(width int) string {
	var file strings.Builder
	file.WriteString(step("split"))
	parts := make([]string, width)
	for i := range parts {
		parts[i] = fmt.Sprintf("part-%d", i+1)
		file.WriteString(step(parts[i], "split"))
	}
	file.WriteString(step("join", parts...))
	return file.String()
}

func layers(count, width int) string {
	var file strings.Builder
	var before []string
	for layer := 1; layer <= count; layer++ {
		names := make([]string, width)
		for i := range names {
			names[i] = fmt.Sprintf("l%d-%d", layer, i+1)
			file.WriteString(step(names[i], before...))
		}
		before = names
	}
	return file.String()
}
