package podlogs

import (
	"fmt"
	"net"
	"net/http"
	"time"

	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/transport"
)

// LogStreamBuffer is how much of one log stream is held for a reader that does not read. Go's default of 4 MiB
// (transportDefaultStreamFlow) would let 1000 blocked logs take 4 GiB.
const LogStreamBuffer = 64 << 10

// NewClient is a client for logs alone: on connections of its own, so that no log delays a create or a watch event,
// and with small receive buffers. cfg comes from Tuned.
func NewClient(cfg *rest.Config) (kubernetes.Interface, error) {
	return newLogClient(cfg, logRoom{stream: LogStreamBuffer})
}

// logRoom bounds what a client for logs holds of one stream, of one connection, and the connections that are made at once; 0 is
// Go's default.
type logRoom struct{ stream, connection, dials int }

func newLogClient(cfg *rest.Config, room logRoom) (kubernetes.Interface, error) {
	httpClient, err := logHTTPClient(cfg, room)
	if err != nil {
		return nil, fmt.Errorf("make a client for the logs of %s: %w", cfg.Host, err)
	}
	client, err := kubernetes.NewForConfigAndClient(cfg, httpClient)
	if err != nil {
		return nil, fmt.Errorf("make a client for the logs of %s: %w", cfg.Host, err)
	}
	return client, nil
}

// logHTTPClient does what client-go's transport.New does, but on an http.Transport of our own making: client-go caches
// its transports by their TLS settings, so that two clients would share one connection.
func logHTTPClient(cfg *rest.Config, room logRoom) (*http.Client, error) {
	tc, err := cfg.TransportConfig()
	if err != nil {
		return nil, err
	}
	tlsConfig, err := transport.TLSConfigFor(tc)
	if err != nil {
		return nil, err
	}
	dial := (&net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	if tc.DialHolder != nil {
		dial = tc.DialHolder.Dial
	}
	proxy := http.ProxyFromEnvironment
	if tc.Proxy != nil {
		proxy = tc.Proxy
	}
	rt, err := transport.HTTPWrappersForConfig(tc, utilnet.SetTransportDefaults(&http.Transport{
		Proxy:               proxy,
		TLSHandshakeTimeout: 10 * time.Second,
		TLSClientConfig:     tlsConfig,
		DialContext:         batching(dial),
		DisableCompression:  true, // logs must come line by line, not block by block
		MaxConnsPerHost:     room.dials,
		HTTP2:               &http.HTTP2Config{MaxReceiveBufferPerStream: room.stream, MaxReceiveBufferPerConnection: room.connection},
	}))
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: rt}, nil
}
