package podstatus

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/run"
)

// TestPullOf is the table of what runtimes say of pulls that fail: whose registry could not be asked, and whose has
// answered. Captured ones are among testdata/pods; these have the words of the runtimes' sources.
func TestPullOf(t *testing.T) {
	const (
		containerd = `failed to pull and unpack image "registry.example/team/model:1": `
		resolve    = containerd + `failed to resolve reference "registry.example/team/model:1": `
		head       = resolve + `failed to do request: Head "https://registry.example/v2/team/model/manifests/1": `
		crio       = `initializing source docker://registry.example/team/model:1: `
		ping       = crio + `pinging container registry registry.example: Get "https://registry.example/v2/": `
	)
	for name, messages := range map[run.Pull][]string{
		run.PullUnanswered: {
			head + `dial tcp: lookup registry.example on 10.0.0.10:53: no such host`,
			head + `dial tcp: lookup registry.example: Temporary failure in name resolution`,
			head + `dial tcp: lookup registry.example on 10.0.0.10:53: server misbehaving`,
			head + `dial tcp: lookup registry.example on 10.0.0.10:53: read udp 10.0.0.1:40->10.0.0.10:53: i/o timeout`,
			head + `dial tcp 127.0.0.1:1: connect: connection refused`,
			head + `dial tcp 192.0.2.1:443: connect: no route to host`,
			head + `dial tcp 192.0.2.1:443: i/o timeout`,
			head + `net/http: TLS handshake timeout`,
			head + `tls: failed to verify certificate: x509: certificate signed by unknown authority`,
			head + `x509: certificate has expired or is not yet valid: current time 2031-01-02T03:04:05Z is after 2030-01-01T00:00:00Z`,
			head + `remote error: tls: handshake failure`,
			head + `http: server gave HTTP response to HTTPS client`,
			head + `EOF`,
			head + `read tcp 10.0.0.1:40->192.0.2.1:443: read: connection reset by peer`,
			head + `context deadline exceeded`,
			head + `context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
			head + `proxyconnect tcp: dial tcp 192.0.2.9:3128: connect: connection refused`,
			resolve + `unexpected status from HEAD request to https://registry.example/v2/team/model/manifests/1: 503 Service Unavailable`,
			resolve + `unexpected status from HEAD request to https://registry.example/v2/team/model/manifests/1: 502 Bad Gateway`,
			resolve + `unexpected status from HEAD request to https://registry.example/v2/team/model/manifests/1: 520 `,
			resolve + `unexpected status from HEAD request to https://registry.example/v2/team/model/manifests/1?ns=docker.io: 500 Internal Server Error`,
			resolve + `unexpected status code [manifests 1]: 429 Too Many Requests`,
			resolve + `failed to authorize: failed to fetch anonymous token: Get "https://auth.example/token?scope=x": dial tcp: lookup auth.example: no such host`,
			resolve + `failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://auth.example/token?service=x: 504 Gateway Timeout`,
			containerd + `failed to copy: httpReadSeeker: failed open: unexpected status code https://registry.example/v2/team/model/manifests/sha256:0000: 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit.`,
			containerd + `failed to copy: httpReadSeeker: failed open: failed to do request: Get "https://cdn.example/blob": dial tcp 192.0.2.7:443: connect: connection timed out`,
			containerd + `failed to extract layer: unexpected EOF`,
			`rpc error: code = DeadlineExceeded desc = context deadline exceeded`,
			`rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: no such file or directory"`,
			`pull QPS exceeded`,
			ping + `dial tcp: lookup registry.example: no such host`,
			ping + `dial tcp 127.0.0.1:1: connect: connection refused`,
			ping + `net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)`,
			crio + `pinging container registry registry.example: received unexpected HTTP status: 503 Service Unavailable`,
			crio + `reading manifest 1 in registry.example/team/model: received unexpected HTTP status: 502 Bad Gateway`,
			crio + `reading manifest 1 in registry.example/team/model: toomanyrequests: You have reached your pull rate limit`,
			crio + `reading manifest 1 in registry.example/team/model: StatusCode: 500, "oops"`,
			`copying system image from manifest list: parsing image configuration: fetching blob: invalid status code from registry 503 (Service Unavailable)`,
			`Back-off pulling image "registry.example/team/model:1": ErrImagePull: ` + head + `dial tcp 192.0.2.1:443: i/o timeout`,
		},
		run.PullRefused: {
			resolve + `registry.example/team/model:1: not found`,
			resolve + `pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`,
			resolve + `pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials`,
			resolve + `unexpected status from HEAD request to https://registry.example/v2/team/model/manifests/1: 403 Forbidden`,
			resolve + `unexpected status from HEAD request to https://registry.example:503/v2/team/model/manifests/1: 401 Unauthorized`,
			resolve + `failed to authorize: failed to fetch oauth token: unexpected status from POST request to https://auth.example/token: 401 Unauthorized`,
			containerd + `no match for platform in manifest: not found`,
			containerd + `mismatched image rootfs and manifest layers`,
			crio + `reading manifest 1 in registry.example/team/model: manifest unknown`,
			crio + `reading manifest 1 in registry.example/team/model: name unknown: repository not found`,
			crio + `reading manifest 1 in registry.example/team/model: requested access to the resource is denied`,
			crio + `reading manifest 503 in registry.example/team/model: unauthorized: authentication required`,
			`choosing image instance: no image found in image index for architecture "arm64", variant "v8", OS "linux"`,
			`unable to retrieve auth token: invalid username/password: unauthorized`,
			// Names that users choose.
			`failed to resolve reference "registry.example/timeout:503": registry.example/timeout:503: not found`,
			`reading manifest timeout in registry.example/EOF/connection-refused: manifest unknown`,
			`Back-off pulling image "registry.example/team/model:1": ErrImagePull: ` + resolve + `registry.example/team/model:1: not found`,
		},
	} {
		for _, message := range messages {
			t.Run(message, func(t *testing.T) {
				if got := pullOf(corev1.ContainerStateWaiting{Reason: "ErrImagePull", Message: message}); got != name {
					t.Errorf("got %d, want %d", got, name)
				}
			})
		}
	}
}

// TestPullByReason: what the kubelet says of a pull beside the runtime's words.
func TestPullByReason(t *testing.T) {
	for _, tc := range []struct {
		reason, message string
		want            run.Pull
	}{
		{"RegistryUnavailable", "image pull failed for x:1 because the registry is unavailable.", run.PullUnanswered},
		{"ImagePullBackOff", `Back-off pulling image "x:1": RegistryUnavailable: image pull failed: unavailable`, run.PullUnanswered},
		{"ImagePullBackOff", `Back-off pulling image "x:1"`, run.PullUntold},
		{"SignatureValidationFailed", "image pull failed for x:1 because the signature validation failed", run.PullRefused},
		{"ErrImagePull", "", run.PullRefused},
	} {
		if got := pullOf(corev1.ContainerStateWaiting{Reason: tc.reason, Message: tc.message}); got != tc.want {
			t.Errorf("%s: %s: got %d, want %d", tc.reason, tc.message, got, tc.want)
		}
	}
}

func TestPullWords(t *testing.T) {
	for message, want := range map[string]string{
		`failed to pull and unpack image "x:1": failed to resolve reference "x:1": x:1: not found`:                                           `x:1: not found`,
		`Back-off pulling image "x:1": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "x:1": no such thing`: `no such thing`,
		`Back-off pulling image "x:1"`: `Back-off pulling image "x:1"`,
		`failed to do request: `:       `failed to do request: `,
		``:                             ``,
	} {
		if got := pullWords(message); got != want {
			t.Errorf("%q: got %q, want %q", message, got, want)
		}
	}
}
