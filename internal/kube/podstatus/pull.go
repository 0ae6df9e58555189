package podstatus

import (
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/run"
)

// pullOf reports what the status of a failed pull tells of the registry. The kubelet passes on the words of the runtime,
// and these mostly those of Go's network packages and of the registry's protocol (containerd: core/remotes/docker;
// CRI-O: go.podman.io/image/docker); there is no code for what they mean.
func pullOf(w corev1.ContainerStateWaiting) run.Pull {
	switch {
	case w.Reason == "RegistryUnavailable":
		return run.PullUnanswered
	case w.Reason == "ImagePullBackOff" && !strings.Contains(w.Message, "ErrImagePull") && !strings.Contains(w.Message, "RegistryUnavailable"):
		return run.PullUntold // kubelets before 1.32 do not repeat the cause
	case unanswered.MatchString(withoutNames(w.Message)):
		return run.PullUnanswered
	}
	return run.PullRefused
}

// unanswered are the words of a registry that could not be asked, or could not answer for now.
var unanswered = regexp.MustCompile(`(?i)` + strings.Join([]string{
	// No connection: package net, and the errors of the operating system.
	`dial tcp`, `dial udp`, `dial unix`, `no such host`, `server misbehaving`, `name resolution`, `i/o timeout`, `timed out`,
	`connection refused`, `connection reset`, `broken pipe`, `no route to host`, `network is (unreachable|down)`,
	`host is (unreachable|down)`, `proxyconnect`, `error while dialing`,
	// A connection that did not last: package net/http, HTTP/2, gRPC.
	`\bEOF\b`, `deadline ?exceeded`, `context canceled`, `timeout (exceeded|awaiting)`, `connection (was )?lost`, `closed network connection`,
	`server closed idle connection`, `stream error`, `GOAWAY`, `code = Unavailable`,
	// TLS: a certificate that is not trusted or not valid, and a server that speaks something else.
	`\btls: `, `\bx509: `, `TLS handshake`, `server gave HTTP response to HTTPS client`, `malformed HTTP response`,
	// Answers that say "later": 429 and 5xx, in the words of both runtimes.
	`too ?many ?requests`, `pull rate limit`, `status[^:]*: ?(429|5\d\d)\b`, `status ?code (from registry )?(429|5\d\d)\b`,
	`internal server error`, `bad gateway`, `service unavailable`, `gateway time-?out`,
	// The kubelet's own limit (registryPullQPS), and its word for a runtime's ErrRegistryUnavailable.
	`pull QPS exceeded`, `\bRegistryUnavailable\b`,
}, "|"))

// named are quoted names, addresses, and references of images.
var named = regexp.MustCompile(`"[^"]*"|\S*[^\s/]{2}/[^\s:]*(:[^\s:]+)*`)

// withoutNames leaves out of a message what users have named: an image may be called registry/timeout:503.
func withoutNames(message string) string { return named.ReplaceAllString(message, "") }

// pullWords is the cause of a failed pull, without the parts that only repeat the image's name.
func pullWords(message string) string {
	for {
		rest := pullPrefix.ReplaceAllString(message, "")
		if rest == message || rest == "" {
			return message
		}
		message = rest
	}
}

var pullPrefix = regexp.MustCompile(`^(Back-off pulling image "[^"]*": |(ErrImagePull|RegistryUnavailable): |rpc error: code = \w+ desc = |` +
	`failed to pull and unpack image "[^"]*": |failed to resolve reference "[^"]*": |failed to do request: )`)
