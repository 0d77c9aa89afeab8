// Package pointsman is a typed client of Pointsman, which routes each AI request to the right model and proves why.
//
// [Dial] makes clients on grpc-go, [NewConnect] on connect-go; both carry the same defaults. [ErrorOf] reads why a call
// failed, and [WatchEntries] follows the audit trail across disconnects. The contract is in gen/pointsman/v1.
package pointsman
