package pointsman

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	v1 "github.com/pointsman/pointsman/clients/go/gen/pointsman/v1"
)

// Client holds the three services on one grpc-go connection.
type Client struct {
	Route  v1.RouteServiceClient
	Stream v1.StreamServiceClient
	Audit  v1.AuditServiceClient
	conn   *grpc.ClientConn
}

// Dial makes clients on grpc-go, for the gRPC port. Deadlines and repeats of idempotent calls that fail UNAVAILABLE are
// in its service config; a ping every 20 seconds finds dead connections; messages may have up to 32 MiB.
func Dial(target string, options ...Option) (*Client, error) {
	s := newSettings(options)
	transport := credentials.NewTLS(s.tls)
	if s.plaintext {
		transport = insecure.NewCredentials()
	}
	dialOptions := []grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		grpc.WithDefaultServiceConfig(serviceConfig(s)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 20 * time.Second, Timeout: 10 * time.Second}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessageBytes)),
	}
	if s.credential != "" {
		dialOptions = append(dialOptions, grpc.WithPerRPCCredentials(bearer{s.credential, !s.plaintext}))
	}
	conn, err := grpc.NewClient(target, dialOptions...)
	if err != nil {
		return nil, err
	}
	return &Client{
		Route:  v1.NewRouteServiceClient(conn),
		Stream: v1.NewStreamServiceClient(conn),
		Audit:  v1.NewAuditServiceClient(conn),
		conn:   conn,
	}, nil
}

// Close ends the connection.
func (c *Client) Close() error { return c.conn.Close() }

type bearer struct {
	credential string
	secure     bool
}

func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + b.credential}, nil
}

func (b bearer) RequireTransportSecurity() bool { return b.secure }

type methodConfig struct {
	Name        []methodName `json:"name"`
	Timeout     string       `json:"timeout,omitempty"`
	RetryPolicy *retryPolicy `json:"retryPolicy,omitempty"`
}

type methodName struct {
	Service string `json:"service"`
	Method  string `json:"method"`
}

type retryPolicy struct {
	MaxAttempts          int      `json:"maxAttempts"`
	InitialBackoff       string   `json:"initialBackoff"`
	MaxBackoff           string   `json:"maxBackoff"`
	BackoffMultiplier    float64  `json:"backoffMultiplier"`
	RetryableStatusCodes []string `json:"retryableStatusCodes"`
}

// serviceConfig is made of the contract's own idempotency levels, so it cannot drift from them.
func serviceConfig(s settings) string {
	var configs []methodConfig
	for _, file := range []protoreflect.FileDescriptor{
		v1.File_pointsman_v1_route_service_proto,
		v1.File_pointsman_v1_stream_service_proto,
		v1.File_pointsman_v1_audit_service_proto,
	} {
		service := file.Services().Get(0)
		for i := range service.Methods().Len() {
			configs = append(configs, configOf(s, service, service.Methods().Get(i)))
		}
	}
	text, err := json.Marshal(map[string]any{"methodConfig": configs})
	if err != nil {
		panic(err) // Strings and numbers always marshal.
	}
	return string(text)
}

func configOf(s settings, service protoreflect.ServiceDescriptor, method protoreflect.MethodDescriptor) methodConfig {
	config := methodConfig{Name: []methodName{{string(service.FullName()), string(method.Name())}}}
	procedure := fmt.Sprintf("/%s/%s", service.FullName(), method.Name())
	if timeout := s.timeout(procedure, !method.IsStreamingServer()); timeout > 0 {
		config.Timeout = seconds(timeout)
	}
	options, _ := method.Options().(*descriptorpb.MethodOptions)
	if options.GetIdempotencyLevel() != descriptorpb.MethodOptions_IDEMPOTENCY_UNKNOWN {
		config.RetryPolicy = &retryPolicy{maxAttempts, seconds(firstBackoff), seconds(maxBackoff), 2, []string{"UNAVAILABLE"}}
	}
	return config
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3fs", d.Seconds()) }
