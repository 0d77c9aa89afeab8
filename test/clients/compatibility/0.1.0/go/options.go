package pointsman

import (
	"crypto/tls"
	"time"

	"connectrpc.com/connect"
)

const (
	maxMessageBytes = 32 << 20
	maxAttempts     = 4
	firstBackoff    = 200 * time.Millisecond
	maxBackoff      = 3 * time.Second
)

// Option changes a default of [Dial] or [NewConnect].
type Option func(*settings)

type settings struct {
	credential    string
	tls           *tls.Config
	plaintext     bool
	answerTimeout time.Duration
	readTimeout   time.Duration
	httpClient    connect.HTTPClient
	connect       []connect.ClientOption
}

func newSettings(options []Option) settings {
	s := settings{answerTimeout: 130 * time.Second, readTimeout: 30 * time.Second, tls: &tls.Config{MinVersion: tls.VersionTLS12}}
	for _, option := range options {
		option(&s)
	}
	return s
}

// WithCredential sends an API key or a JWT as a bearer token with every call. By default the caller is anonymous, or
// known by its certificate.
func WithCredential(credential string) Option {
	return func(s *settings) { s.credential = credential }
}

// WithTLS sets what is trusted and who the caller is. By default the system's roots, and no client certificate.
func WithTLS(config *tls.Config) Option {
	return func(s *settings) { s.tls = config }
}

// WithoutTLS speaks in the clear, as on the loopback interface or behind a mesh's own encryption.
func WithoutTLS() Option {
	return func(s *settings) { s.plaintext = true }
}

// WithTimeouts sets how long answers (Route, StreamRoute) and every other unary call may take where the context has no
// earlier deadline. By default 130 and 30 seconds.
func WithTimeouts(answer, read time.Duration) Option {
	return func(s *settings) { s.answerTimeout, s.readTimeout = answer, read }
}

// WithHTTPClient makes [NewConnect] use an HTTP client of the caller's own, whose TLS then counts. [Dial] ignores it.
func WithHTTPClient(client connect.HTTPClient) Option {
	return func(s *settings) { s.httpClient = client }
}

// WithConnect adds options of connect-go, such as [connect.WithGRPCWeb]. [Dial] ignores them.
func WithConnect(options ...connect.ClientOption) Option {
	return func(s *settings) { s.connect = append(s.connect, options...) }
}

// timeout gives how long a method may take. Zero where it may go on: the streams of the audit trail.
func (s settings) timeout(procedure string, unary bool) time.Duration {
	switch {
	case procedure == "/pointsman.v1.RouteService/Route", procedure == "/pointsman.v1.StreamService/StreamRoute":
		return s.answerTimeout
	case unary:
		return s.readTimeout
	default:
		return 0
	}
}
