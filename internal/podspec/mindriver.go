package podspec

import (
	"fmt"
	"strings"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// MinDriverFile says to the driver which version is the oldest that understands the plan. It is empty or absent where nobody
// has written it down.
const MinDriverFile = "/etc/stepherd/min-driver"

// fitDriver errs when a driver image is known to be older than the version that a key needs. A digest, or a tag that is no version, is not
// judged: the driver itself says so, when it begins.
func fitDriver(image, needed, key string) error {
	if !v1alpha1.OlderVersion(tagOf(image), needed) {
		return nil
	}
	return fmt.Errorf("driver image %s is too old for the pipeline's key %s, which needs driver %s or later: set driver.image or --driver-image to one, or leave both out",
		image, key, needed)
}

// tagOf is an image's tag; empty where there is none, or a digest says which image it is.
func tagOf(image string) string {
	if strings.Contains(image, "@") {
		return ""
	}
	_, tag, _ := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
	return tag
}
