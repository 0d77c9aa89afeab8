package pointsman

import (
	"errors"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	v1 "github.com/pointsman/pointsman/clients/go/gen/pointsman/v1"
)

// Error is why a call failed, as Pointsman itself said it.
type Error struct {
	// Reason is what to branch on. Unspecified where the service is newer than this client and gave one unknown to it.
	Reason v1.ErrorReason
	// ReasonName is the reason as sent, such as "ERROR_REASON_POLICY_DENIED".
	ReasonName string
	// Metadata holds facts by name, such as "decision_id" and "rule_id".
	Metadata map[string]string
	// RetryAfter is how long to wait before a repeat makes sense. Zero where the service did not say.
	RetryAfter time.Duration
	// Details are all the standard details, ErrorInfo included.
	Details []proto.Message
}

// ErrorOf reads what Pointsman says about a failed call out of an error of grpc-go or connect-go. False where the error
// is not Pointsman's: a connection that broke, or a deadline that passed on this side.
func ErrorOf(err error) (*Error, bool) {
	result := &Error{Details: detailsOf(err)}
	found := false
	for _, detail := range result.Details {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			if detail.GetDomain() == "pointsman" {
				found = true
				result.ReasonName = detail.GetReason()
				result.Reason = v1.ErrorReason(v1.ErrorReason_value[detail.GetReason()])
				result.Metadata = detail.GetMetadata()
			}
		case *errdetails.RetryInfo:
			result.RetryAfter = detail.GetRetryDelay().AsDuration()
		}
	}
	return result, found
}

func detailsOf(err error) []proto.Message {
	var details []proto.Message
	var connectError *connect.Error
	if errors.As(err, &connectError) {
		for _, detail := range connectError.Details() {
			if message, err := detail.Value(); err == nil {
				details = append(details, message)
			}
		}
	} else if s, ok := status.FromError(err); ok {
		for _, detail := range s.Details() {
			if message, ok := detail.(proto.Message); ok {
				details = append(details, message)
			}
		}
	}
	return details
}
