package pointsman

import (
	"context"
	"net/http"
	"time"

	"connectrpc.com/connect"

	v1connect "github.com/pointsman/pointsman/clients/go/gen/pointsman/v1/pointsmanv1connect"
)

// ConnectClient holds the three services on connect-go.
type ConnectClient struct {
	Route  v1connect.RouteServiceClient
	Stream v1connect.StreamServiceClient
	Audit  v1connect.AuditServiceClient
}

// NewConnect makes clients on connect-go, for the HTTP port: Connect, or gRPC-Web by
// WithConnect([connect.WithGRPCWeb]()). They have the deadlines and repeats of [Dial].
func NewConnect(baseURL string, options ...Option) *ConnectClient {
	s := newSettings(options)
	httpClient := s.httpClient
	if httpClient == nil {
		httpClient = &http.Client{Transport: &http.Transport{TLSClientConfig: s.tls, Proxy: http.ProxyFromEnvironment}}
	}
	all := append([]connect.ClientOption{
		connect.WithInterceptors(interceptor{s}),
		connect.WithReadMaxBytes(maxMessageBytes),
	}, s.connect...)
	return &ConnectClient{
		Route:  v1connect.NewRouteServiceClient(httpClient, baseURL, all...),
		Stream: v1connect.NewStreamServiceClient(httpClient, baseURL, all...),
		Audit:  v1connect.NewAuditServiceClient(httpClient, baseURL, all...),
	}
}

// interceptor adds what grpc-go does by itself: credential, deadlines, and repeats of idempotent calls.
type interceptor struct{ settings settings }

func (i interceptor) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, request connect.AnyRequest) (connect.AnyResponse, error) {
		i.authorize(request.Header())
		if timeout := i.settings.timeout(request.Spec().Procedure, true); timeout > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, timeout)
			defer cancel()
		}
		wait := firstBackoff
		for attempt := 1; ; attempt++ {
			response, err := next(ctx, request)
			safe := request.Spec().IdempotencyLevel != connect.IdempotencyUnknown
			if err == nil || !safe || connect.CodeOf(err) != connect.CodeUnavailable || attempt == maxAttempts {
				return response, err
			}
			asked := time.Duration(0)
			if said, ok := ErrorOf(err); ok {
				asked = said.RetryAfter
			}
			if !pause(ctx, min(max(wait, asked), maxBackoff)) {
				return response, err
			}
			wait = min(2*wait, maxBackoff)
		}
	}
}

func (i interceptor) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return func(ctx context.Context, spec connect.Spec) connect.StreamingClientConn {
		cancel := context.CancelFunc(func() {})
		if timeout := i.settings.timeout(spec.Procedure, false); timeout > 0 {
			ctx, cancel = context.WithTimeout(ctx, timeout)
		}
		conn := next(ctx, spec)
		i.authorize(conn.RequestHeader())
		return limitedConn{conn, cancel}
	}
}

func (i interceptor) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return next
}

func (i interceptor) authorize(header http.Header) {
	if i.settings.credential != "" {
		header.Set("Authorization", "Bearer "+i.settings.credential)
	}
}

// limitedConn gives back the timer of its deadline once the stream is closed.
type limitedConn struct {
	connect.StreamingClientConn
	cancel context.CancelFunc
}

func (c limitedConn) CloseResponse() error {
	defer c.cancel()
	return c.StreamingClientConn.CloseResponse()
}

// pause waits, and says whether it waited to the end.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
