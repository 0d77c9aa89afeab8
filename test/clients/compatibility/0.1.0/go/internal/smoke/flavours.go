package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"connectrpc.com/connect"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	pointsman "github.com/pointsman/pointsman/clients/go"
	v1 "github.com/pointsman/pointsman/clients/go/gen/pointsman/v1"
)

// methods calls by name what the typed clients offer.
type methods struct {
	unaries map[string]func(context.Context, any) (any, error)
	streams map[string]func(context.Context, any, func(any)) error
	watch   pointsman.OpenWatch
}

func (m methods) unary(ctx context.Context, name string, request any) (any, error) {
	call, ok := m.unaries[name]
	if !ok {
		return nil, fmt.Errorf("there is no method %s", name)
	}
	return call(ctx, request)
}

func (m methods) stream(ctx context.Context, name string, request any, handle func(any)) error {
	call, ok := m.streams[name]
	if !ok {
		return fmt.Errorf("there is no method %s", name)
	}
	return call(ctx, request, handle)
}

var opened = map[string]methods{}

func open(flavour, name string, systemTrust bool) (methods, error) {
	key := fmt.Sprint(name, systemTrust)
	if found, ok := opened[key]; ok {
		return found, nil
	}
	options, secure, err := optionsOf(name, systemTrust)
	if err != nil {
		return methods{}, err
	}
	var made methods
	if flavour == "grpc" {
		client, err := pointsman.Dial(os.Getenv("SMOKE_GRPC"), options...)
		if err != nil {
			return methods{}, err
		}
		made = grpcMethods(client)
	} else {
		scheme := "http://"
		if secure {
			scheme = "https://"
		}
		if flavour == "grpc-web" {
			options = append(options, pointsman.WithConnect(connect.WithGRPCWeb()))
		}
		made = connectMethods(pointsman.NewConnect(scheme+os.Getenv("SMOKE_HTTP"), options...))
	}
	opened[key] = made
	return made, nil
}

func optionsOf(name string, systemTrust bool) ([]pointsman.Option, bool, error) {
	var options []pointsman.Option
	if name != "" {
		known := map[string]string{}
		if err := json.Unmarshal([]byte(os.Getenv("SMOKE_CREDENTIALS")), &known); err != nil {
			return nil, false, err
		}
		options = append(options, pointsman.WithCredential(known[name]))
	}
	path := os.Getenv("SMOKE_CA")
	if path == "" {
		return append(options, pointsman.WithoutTLS()), false, nil
	}
	if systemTrust {
		return options, true, nil
	}
	authority, err := os.ReadFile(path)
	if err != nil {
		return nil, false, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	return append(options, pointsman.WithTLS(&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12})), true, nil
}

func grpcMethods(client *pointsman.Client) methods {
	return methods{
		unaries: map[string]func(context.Context, any) (any, error){
			"RouteService/Route":         unaryGRPC(client.Route.Route),
			"RouteService/Explain":       unaryGRPC(client.Route.Explain),
			"RouteService/ReportOutcome": unaryGRPC(client.Route.ReportOutcome),
			"RouteService/ListTargets":   unaryGRPC(client.Route.ListTargets),
			"AuditService/GetRecord":     unaryGRPC(client.Audit.GetRecord),
			"AuditService/ListRecords":   unaryGRPC(client.Audit.ListRecords),
		},
		streams: map[string]func(context.Context, any, func(any)) error{
			"StreamService/StreamRoute": streamGRPC(client.Stream.StreamRoute),
			"AuditService/WatchEntries": streamGRPC(client.Audit.WatchEntries),
			"AuditService/VerifyLedger": streamGRPC(client.Audit.VerifyLedger),
		},
		watch: pointsman.WatchGRPC(client.Audit),
	}
}

func connectMethods(client *pointsman.ConnectClient) methods {
	return methods{
		unaries: map[string]func(context.Context, any) (any, error){
			"RouteService/Route":         unaryConnect(client.Route.Route),
			"RouteService/Explain":       unaryConnect(client.Route.Explain),
			"RouteService/ReportOutcome": unaryConnect(client.Route.ReportOutcome),
			"RouteService/ListTargets":   unaryConnect(client.Route.ListTargets),
			"AuditService/GetRecord":     unaryConnect(client.Audit.GetRecord),
			"AuditService/ListRecords":   unaryConnect(client.Audit.ListRecords),
		},
		streams: map[string]func(context.Context, any, func(any)) error{
			"StreamService/StreamRoute": streamConnect(client.Stream.StreamRoute),
			"AuditService/WatchEntries": streamConnect(client.Audit.WatchEntries),
			"AuditService/VerifyLedger": streamConnect(client.Audit.VerifyLedger),
		},
		watch: pointsman.WatchConnect(client.Audit),
	}
}

// message is a pointer to a generated message.
type message[T any] interface {
	*T
	proto.Message
}

func unaryGRPC[I, O any, PI message[I], PO message[O]](call func(context.Context, PI, ...grpc.CallOption) (PO, error)) func(context.Context, any) (any, error) {
	return func(ctx context.Context, request any) (any, error) {
		in := PI(new(I))
		if err := parse(request, in); err != nil {
			return nil, err
		}
		out, err := call(ctx, in)
		if err != nil {
			return nil, err
		}
		return toJSON(out), nil
	}
}

func streamGRPC[I, O any, PI message[I]](call func(context.Context, PI, ...grpc.CallOption) (grpc.ServerStreamingClient[O], error)) func(context.Context, any, func(any)) error {
	return func(ctx context.Context, request any, handle func(any)) error {
		in := PI(new(I))
		if err := parse(request, in); err != nil {
			return err
		}
		stream, err := call(ctx, in)
		for err == nil {
			var out *O
			if out, err = stream.Recv(); err == nil {
				handle(toJSON(any(out).(proto.Message)))
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	}
}

func unaryConnect[I, O any](call func(context.Context, *connect.Request[I]) (*connect.Response[O], error)) func(context.Context, any) (any, error) {
	return func(ctx context.Context, request any) (any, error) {
		in := new(I)
		if err := parse(request, any(in).(proto.Message)); err != nil {
			return nil, err
		}
		out, err := call(ctx, connect.NewRequest(in))
		if err != nil {
			return nil, err
		}
		return toJSON(out.Any().(proto.Message)), nil
	}
}

func streamConnect[I, O any](call func(context.Context, *connect.Request[I]) (*connect.ServerStreamForClient[O], error)) func(context.Context, any, func(any)) error {
	return func(ctx context.Context, request any, handle func(any)) error {
		in := new(I)
		if err := parse(request, any(in).(proto.Message)); err != nil {
			return err
		}
		stream, err := call(ctx, connect.NewRequest(in))
		if err != nil {
			return err
		}
		defer stream.Close()
		for stream.Receive() {
			handle(toJSON(any(stream.Msg()).(proto.Message)))
		}
		return stream.Err()
	}
}

// describe gives an error as the conversation knows it.
func describe(err error) result {
	described := result{"code": nameOf(codeOf(err)), "message": err.Error()}
	if said, ok := pointsman.ErrorOf(err); ok {
		details := []string{}
		for _, detail := range said.Details {
			details = append(details, string(detail.ProtoReflect().Descriptor().FullName()))
		}
		described["reason"] = v1.ErrorReason_name[int32(said.Reason)]
		described["metadata"] = said.Metadata
		described["details"] = details
	}
	return described
}

func codeOf(err error) codes.Code {
	var connectError *connect.Error
	if errors.As(err, &connectError) {
		return codes.Code(connectError.Code())
	}
	return status.Code(err)
}

// nameOf makes DeadlineExceeded to DEADLINE_EXCEEDED, and Canceled to CANCELLED.
func nameOf(code codes.Code) string {
	if code == codes.Canceled {
		return "CANCELLED"
	}
	var name strings.Builder
	for i, letter := range code.String() {
		if i > 0 && letter >= 'A' && letter <= 'Z' {
			name.WriteByte('_')
		}
		name.WriteRune(letter)
	}
	return strings.ToUpper(name.String())
}
