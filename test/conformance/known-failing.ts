/** Cases of the suite that are known to fail, with what the suite says of them and why it stays so. */
export interface KnownFailure {
  /** A case's name; `*` stands for any one segment. */
  readonly name: string;
  /** How many cases have such a name: all must fail. */
  readonly cases: number;
  /** Everything that the suite complains of; a case that fails otherwise is not known. */
  readonly says: RegExp;
}

/** The right code, with more said than the suite expects: every error of Pointsman has its reason and what it is about. */
const detailed = /^actual error contain \d details; expecting 0$/;

const answered = /^expecting an error but received none\nexpecting 0 response messages but instead got 1$/;

/**
 * The gRPC door's: what is too large gets its reason; and requests that no gRPC client sends, which @grpc/grpc-js answers
 * where the suite wants them refused. It gives neither its handlers nor its interceptors the verb, the content type, the
 * encoding or a message's prefix, so nothing of ours can refuse them.
 */
export const grpcFailures: readonly KnownFailure[] = [
  // Those with one segment more are sent by grpc-go, the others by the suite's own client.
  { name: "Server Message Size/*/*/*/*/unary/request-exceeds-server-limit", cases: 4, says: detailed },
  {
    name: "Server Message Size/*/*/*/*/server-stream/request-exceeds-server-limit",
    cases: 4,
    says: detailed,
  },
  { name: "Server Message Size/*/*/*/*/*/unary/request-exceeds-server-limit", cases: 2, says: detailed },
  {
    name: "Server Message Size/*/*/*/*/*/server-stream/request-exceeds-server-limit",
    cases: 2,
    says: detailed,
  },
  // It takes DELETE for POST.
  { name: "gRPC Unexpected Requests/*/*/unexpected-verb", cases: 2, says: answered },
  // It takes application/grpc+foo for application/grpc+proto.
  { name: "gRPC Unexpected Requests/*/*/unexpected-codec", cases: 2, says: answered },
  // `grpc-encoding: identity` and a message that is marked as compressed: it takes the message as it is.
  { name: "gRPC Unexpected Requests/*/*/unexpected-compressed-message", cases: 2, says: answered },
  // `grpc-encoding: foo` and a message that is not marked as compressed: it hands the message on, which cannot be parsed.
  // (A message that is marked gets UNIMPLEMENTED.)
  {
    name: "gRPC Unexpected Requests/*/*/unexpected-compression",
    cases: 2,
    says: /^actual error \{code: 3 \(invalid_argument\).*\} does not match expected code 12 \(unimplemented\)\nactual error contain \d details; expecting 0$/,
  },
];

/** The HTTP door's: that errors say more than the suite expects; the protocols allow details with every error. */
export const httpFailures: readonly KnownFailure[] = [
  { name: "Server Message Size/*/*/*/*/unary/request-exceeds-server-limit", cases: 12, says: detailed },
  {
    name: "Server Message Size/*/*/*/*/server-stream/request-exceeds-server-limit",
    cases: 12,
    says: detailed,
  },
  { name: "Connect Unexpected Requests/*/*/server-stream/no-request", cases: 2, says: detailed },
  { name: "Connect Unexpected Requests/*/*/server-stream/multiple-requests", cases: 2, says: detailed },
  { name: "Connect Unexpected Requests/*/*/unexpected-compression", cases: 2, says: detailed },
  { name: "Connect Unexpected Requests/*/*/unexpected-compressed-message", cases: 2, says: detailed },
  { name: "gRPC-Web Unexpected Requests/*/*/unary/no-request", cases: 2, says: detailed },
  { name: "gRPC-Web Unexpected Requests/*/*/unary/multiple-requests", cases: 2, says: detailed },
  { name: "gRPC-Web Unexpected Requests/*/*/server-stream/no-request", cases: 2, says: detailed },
  { name: "gRPC-Web Unexpected Requests/*/*/server-stream/multiple-requests", cases: 2, says: detailed },
  { name: "gRPC-Web Unexpected Requests/*/*/unexpected-compression", cases: 2, says: detailed },
  { name: "gRPC-Web Unexpected Requests/*/*/unexpected-compressed-message", cases: 2, says: detailed },
];
