package v1alpha1

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// defaultQuit are where the proxies of Istio and Linkerd listen for the wish that they should end.
var defaultQuit = []string{
	"http://127.0.0.1:15020/quitquitquit", // https://istio.io/latest/docs/reference/commands/pilot-agent/
	"http://127.0.0.1:4191/shutdown",      // https://linkerd.io/2/tasks/graceful-shutdown/
}

// maxQuit keeps a driver from spending a minute on its last words.
const maxQuit = 16

// Quits is quit with its default. The list must not be changed.
func (d *Driver) Quits() []string {
	if d.Quit == nil {
		return defaultQuit
	}
	return d.Quit
}

func (v *validator) quit(at *path, urls []string) {
	if len(urls) > maxQuit {
		v.report(at, "%d URLs are more than the %d that a driver asks", len(urls), maxQuit)
		return
	}
	for i, text := range urls {
		item := at.at(i)
		if wrong := notOfThisPod(text); wrong != "" {
			v.report(item, "%s %s: write a URL of the driver's own Pod, as %s", quote(text), wrong, defaultQuit[0])
			continue
		}
		if slices.Contains(urls[:i], text) {
			v.report(item, "%s is listed twice: remove one", quote(text))
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
