package pointsman

import (
	"context"
	"errors"
	"io"
	"iter"
	"math/rand/v2"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/pointsman/pointsman/clients/go/gen/pointsman/v1"
	v1connect "github.com/pointsman/pointsman/clients/go/gen/pointsman/v1/pointsmanv1connect"
)

// silence is how long a stream may bring nothing before it is opened anew; checkpoints come every 15 seconds.
const silence = 45 * time.Second

// OpenWatch opens one stream; the function it gives receives the next message.
type OpenWatch func(context.Context, *v1.WatchEntriesRequest) (func() (*v1.WatchEntriesResponse, error), error)

// WatchGRPC opens streams on grpc-go.
func WatchGRPC(audit v1.AuditServiceClient) OpenWatch {
	return func(ctx context.Context, request *v1.WatchEntriesRequest) (func() (*v1.WatchEntriesResponse, error), error) {
		stream, err := audit.WatchEntries(ctx, request)
		if err != nil {
			return nil, err
		}
		return stream.Recv, nil
	}
}

// WatchConnect opens streams on connect-go.
func WatchConnect(audit v1connect.AuditServiceClient) OpenWatch {
	return func(ctx context.Context, request *v1.WatchEntriesRequest) (func() (*v1.WatchEntriesResponse, error), error) {
		stream, err := audit.WatchEntries(ctx, connect.NewRequest(request))
		if err != nil {
			return nil, err
		}
		return func() (*v1.WatchEntriesResponse, error) {
			if stream.Receive() {
				return stream.Msg(), nil
			}
			_ = stream.Close()
			if err := stream.Err(); err != nil {
				return nil, err
			}
			return nil, io.EOF
		}, nil
	}
}

// WatchEntries follows the ledger across disconnects: after each, the stream is resumed from the last cursor that was
// handed out, so nothing is missed and nothing comes twice. It waits 100 ms to 5 s between tries, without an end, and
// ends when the context does. An error, always last, is one that trying again cannot heal, such as a missing role or an
// expired cursor. Every message has a cursor; keep one to resume after a crash.
func WatchEntries(ctx context.Context, open OpenWatch, request *v1.WatchEntriesRequest) iter.Seq2[*v1.WatchEntriesResponse, error] {
	return func(yield func(*v1.WatchEntriesResponse, error) bool) {
		next := proto.CloneOf(request)
		// "From now on" means from this call on, even where the first stream breaks before it brings a cursor.
		begin := timestamppb.Now()
		for attempt := 1; ctx.Err() == nil; attempt++ {
			more, silent, err := watchOnce(ctx, open, next, func(message *v1.WatchEntriesResponse) bool {
				attempt = 0
				next.Cursor = message.GetCursor()
				return yield(message, nil)
			})
			if !more || ctx.Err() != nil {
				return
			}
			if !silent && err != nil && !worthRetrying(err) {
				yield(nil, err)
				return
			}
			if next.GetCursor() == "" && next.GetStartTime() == nil {
				next.StartTime = begin
			}
			wait := min(100*time.Millisecond<<min(attempt, 6), 5*time.Second)
			pause(ctx, time.Duration(float64(wait)*(0.75+rand.Float64()/2)))
		}
	}
}

// watchOnce reads one stream to its end, and says whether more is wanted and whether silence ended it.
func watchOnce(
	ctx context.Context,
	open OpenWatch,
	request *v1.WatchEntriesRequest,
	handle func(*v1.WatchEntriesResponse) bool,
) (more, silent bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	errSilent := errors.New("silent")
	watchdog := time.AfterFunc(silence, func() { cancel(errSilent) })
	defer watchdog.Stop()
	receive, err := open(ctx, request)
	for err == nil {
		var message *v1.WatchEntriesResponse
		if message, err = receive(); err == nil {
			watchdog.Stop()
			if !handle(message) {
				return false, false, nil
			}
			watchdog.Reset(silence)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return true, errors.Is(context.Cause(ctx), errSilent), err
}

// worthRetrying tells what passes by itself from what does not, as the contract says for each reason.
func worthRetrying(err error) bool {
	if said, ok := ErrorOf(err); ok {
		switch said.Reason {
		case v1.ErrorReason_ERROR_REASON_SLOW_CONSUMER, v1.ErrorReason_ERROR_REASON_SHUTTING_DOWN,
			v1.ErrorReason_ERROR_REASON_OVERLOADED, v1.ErrorReason_ERROR_REASON_RATE_LIMITED,
			v1.ErrorReason_ERROR_REASON_AUDIT_UNAVAILABLE, v1.ErrorReason_ERROR_REASON_LIMITS_UNAVAILABLE,
			v1.ErrorReason_ERROR_REASON_INTERNAL:
			return true
		default:
			return false
		}
	}
	// Codes that a broken connection never has: a proxy or another service said no.
	switch codeOf(err) {
	case codes.NotFound, codes.PermissionDenied, codes.OutOfRange, codes.Unimplemented, codes.Unauthenticated:
		return false
	default:
		return true
	}
}

func codeOf(err error) codes.Code {
	var connectError *connect.Error
	if errors.As(err, &connectError) {
		return codes.Code(connectError.Code())
	}
	return status.Code(err)
}
