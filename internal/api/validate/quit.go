package validate

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

// maxQuit keeps a driver from spending a minute on its last words.
const maxQuit = 16

func (v *validator) quit(at *yamltree.Path, urls []string) {
	if len(urls) > maxQuit {
		v.report(at, "%d URLs are more than the %d that a driver asks", len(urls), maxQuit)
		return
	}
	for i, text := range urls {
		item := at.At(i)
		if wrong := notOfThisPod(text); wrong != "" {
			v.report(item, "%s %s: write a URL of the driver's own Pod, as %s", wording.Quote(text), wrong, (&v1alpha1.Driver{}).Quits()[0])
			continue
		}
		if slices.Contains(urls[:i], text) {
			v.report(item, "%s is listed twice: remove one", wording.Quote(text))
		}
	}
}

// notOfThisPod is what keeps a text from being a URL that leads nowhere but into the driver's own Pod; empty where nothing
// does. A name other than localhost is whatever a DNS server says.
func notOfThisPod(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return "is not a URL"
	case u.Scheme != "http":
		return "does not begin with http://"
	case u.User != nil:
		return "has a user in it, whom anybody can read"
	case u.Fragment != "":
		return "has a fragment, which is not sent"
	case !isLoopback(u.Hostname()):
		return "leads out of the Pod"
	case !isPort(u.Port()):
		return "has no port between 1 and 65535"
	}
	return ""
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}
