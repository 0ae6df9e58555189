package warnings

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

// TestPodNamesThatMayMeet: steps are told whose Pods only the hash tells apart, if they are many.
func TestPodNamesThatMayMeet(t *testing.T) {
	long := strings.Repeat("preprocessing-", 3) + "of-"
	for _, row := range []struct {
		name  string
		steps int
		step  string
		want  string
	}{
		{"whole names", 1000, "s", ""},
		{"a few that are cut", 100, long, ""},
		{"many that are cut", 300, long, "steps[0].name: the Pods of 300 steps, as \"" + long + "00000\" and \"" + long + "00001\", have the same name but for 5 characters of a hash, " +
			"because run and step name together are cut to 55: in one run of 638 two are the same, and one of those steps fails; give the steps or the pipeline shorter names"},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := &v1alpha1.Pipeline{Metadata: v1alpha1.Metadata{Name: "nightly"}}
			for i := range row.steps {
				p.Steps = append(p.Steps, v1alpha1.Step{Name: fmt.Sprintf("%s%05d", row.step, i)})
			}
			w := &warner{Collector: &yamltree.Collector{}, tree: &yamltree.Value{Kind: yamltree.Object}}
			w.podNames(p)
			if got := strings.Join(w.Warnings("f"), "\n"); strings.TrimPrefix(got, "f: ") != row.want {
				t.Errorf("got  %s\nwant f: %s", got, row.want)
			}
		})
	}
}
