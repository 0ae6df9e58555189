package driver

import (
	"errors"
	"fmt"
	"strings"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

// maxUnknownKeys is how many unknown keys are named.
const maxUnknownKeys = 3

// unfit is why a driver of that version cannot run a plan that needs needs: err, which came of reading it, with the remedy
// where a newer driver is one. A plan that needs a newer driver is not run even if it can be read: the same words may mean
// something else there. Either version may be unknown.
func unfit(version, needs string, err error) error {
	keys := unknownKeys(err)
	switch {
	case v1alpha1.OlderVersion(version, needs) && keys != "":
		return fmt.Errorf("plan %s unknown to driver %s; it needs driver %s or later: set driver.image", keys, version, needs)
	case v1alpha1.OlderVersion(version, needs):
		return fmt.Errorf("the plan needs driver %s or later, and this is driver %s: set driver.image", needs, version)
	case keys != "" && version != "":
		return fmt.Errorf("%w\nplan %s unknown to driver %s: correct the pipeline, or set driver.image to a driver that knows it", err, keys, version)
	}
	return err
}

// unknownKeys names the keys that a plan has and this build does not know, like `key ttl is` or `keys ttl, driver.quit are`;
// empty for none.
func unknownKeys(err error) string {
	var problems *yamltree.Problems
	if !errors.As(err, &problems) {
		return ""
	}
	var keys []string
	for _, p := range problems.List {
		if p.UnknownKey {
			keys = append(keys, p.Path)
		}
	}
	switch n := len(keys); {
	case n == 0:
		return ""
	case n == 1:
		return "key " + keys[0] + " is"
	case n > maxUnknownKeys:
		return fmt.Sprintf("keys %s and %d more are", strings.Join(keys[:maxUnknownKeys], ", "), n-maxUnknownKeys)
	}
	return "keys " + strings.Join(keys, ", ") + " are"
}

// warnOfArchive warns if the pipeline wants an archive and the Pod has none: a manifest that was written or changed by
// hand, a CronJob's, may lack the volume.
func warnOfArchive(c Config, p *v1alpha1.Pipeline) {
	if p.Logs.Archive != nil && c.Archive == nil {
		c.Logger.Warn("there is no log archive, because the driver's pod was made without its volume; make its job with launcher submit or launcher render")
	}
}
