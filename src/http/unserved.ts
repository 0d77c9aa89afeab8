import type { DescMethod } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import type { UniversalServerRequest, UniversalServerResponse } from "@connectrpc/connect/protocol";

/**
 * Says why a request is not served at all, as a sentence of text: Connect and gRPC-Web say it by the HTTP status, from which
 * their clients take the code, and look into a body only where it is of a type of theirs.
 */
export function explainRefusal(
  response: UniversalServerResponse,
  request: UniversalServerRequest,
  method: DescMethod,
): UniversalServerResponse {
  if (response.body || (response.status !== 415 && response.status !== 405)) return response;
  const { message, allow } =
    response.status === 405 ? wrongMethod(request, method) : wrongType(request, method);
  const header = new Headers(response.header);
  header.set("content-type", "text/plain; charset=utf-8");
  if (allow) header.set("allow", allow);
  return { ...response, header, body: once(Buffer.from(`${message}\n`)) };
}

function wrongMethod(
  { method }: UniversalServerRequest,
  rpc: DescMethod,
): { message: string; allow: string } {
  const isRead =
    rpc.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS && rpc.methodKind === "unary";
  const allow = isRead ? "GET, POST" : "POST";
  return {
    message: `${method} is not how ${rpc.name} is called: use ${isRead ? "GET or POST" : "POST"}.`,
    allow,
  };
}

function wrongType({ header }: UniversalServerRequest, rpc: DescMethod): { message: string; allow: string } {
  const type = header.get("content-type") ?? "";
  const served =
    rpc.methodKind === "unary"
      ? "application/json or application/proto"
      : "application/connect+json or application/connect+proto";
  const where = /^application\/grpc(?!-web)/.test(type)
    ? " gRPC is served at the other address, listen.grpc."
    : "";
  const given =
    type === "" ? "A request without content type" : `The content type ${JSON.stringify(type.slice(0, 128))}`;
  return { message: `${given} is not served by ${rpc.name}: use ${served}.${where}`, allow: "" };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
