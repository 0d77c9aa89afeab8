import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { create, toBinary, toJsonString } from "@bufbuild/protobuf";
import {
  PartSchema,
  Role,
  type RouteInput,
  RouteInputSchema,
  TurnSchema,
} from "#gen/pointsman/v1/route_input_pb.ts";
import { RouteRequestSchema } from "#gen/pointsman/v1/route_service_pb.ts";
import { StreamRouteRequestSchema } from "#gen/pointsman/v1/stream_service_pb.ts";

/** Bodies that the load generator sends, as files. */
export interface RequestFiles {
  /** A gRPC frame of a Route request. */
  readonly route: string;
  /** A gRPC or Connect frame of a StreamRoute request. */
  readonly stream: string;
  /** A Route request in JSON. */
  readonly routeJson: string;
  /** What is sent upstream, for calling it directly. */
  readonly upstream: string;
  /** The same, asking for a stream. */
  readonly upstreamStream: string;
}

/** Writes the bodies into a folder. All hold the same conversation. */
export function writeRequestFiles(folder: string): RequestFiles {
  const input = inputOf(PROMPTS[0]!);
  const write = (name: string, bytes: Uint8Array | string): string => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };
  const request = create(RouteRequestSchema, { input });
  return {
    route: write("route.bin", frame(toBinary(RouteRequestSchema, request))),
    stream: write(
      "stream.bin",
      frame(toBinary(StreamRouteRequestSchema, create(StreamRouteRequestSchema, { input }))),
    ),
    routeJson: write("route.json", toJsonString(RouteRequestSchema, request)),
    upstream: write("upstream.json", upstreamBody(PROMPTS[0]!, false)),
    upstreamStream: write("upstream-stream.json", upstreamBody(PROMPTS[0]!, true)),
  };
}

/** A conversation of a system turn and a user's. */
export function inputOf(prompt: string): RouteInput {
  const turn = (role: Role, text: string) =>
    create(TurnSchema, { role, parts: [create(PartSchema, { content: { case: "text", value: text } })] });
  return create(RouteInputSchema, { turns: [turn(Role.SYSTEM, SYSTEM), turn(Role.USER, prompt)] });
}

/** The request in the OpenAI format. */
export function upstreamBody(prompt: string, stream: boolean): string {
  const messages = [
    { role: "system", content: SYSTEM },
    { role: "user", content: prompt },
  ];
  return JSON.stringify({ model: "bench", messages, ...(stream && { stream: true }) });
}

/** Five bytes, "not compressed" and the length, then the message: both protocols frame alike. */
function frame(message: Uint8Array): Uint8Array {
  const framed = Buffer.alloc(5 + message.length);
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, 5);
  return framed;
}

const SYSTEM = "You are a careful assistant. Answer in plain words and at most five sentences.";

/** Prompts of many kinds and lengths; load tests send the first one. */
export const PROMPTS: readonly string[] = [
  "Rewrite this note so that it is shorter and friendlier: I am writing in order to inform you of the fact that the " +
    "meeting which had been planned for Tuesday morning has had to be moved to Thursday afternoon, because the room is " +
    "being painted. Kindly let me know whether the new time suits you, so that I can tell everybody else in good time.",
  "What is the capital of Australia?",
  "Summarise the minutes in three points.\n\nThe garden committee met in the shed. Ruth said the pump leaks and a new " +
    "one costs 140. Tom offered to repair it for the price of a seal. The vote was five to two for the repair. The plum " +
    "tree will be cut back in March, after the frost. Next meeting in four weeks, and somebody should bring chairs.",
  "Write a function in Python that takes a list of intervals and merges those that overlap. Include tests.",
  "Why does this throw?\n```js\nconst total = items.reduce((sum, item) => sum + item.price.amount);\n```\nTypeError: " +
    "Cannot read properties of undefined (reading 'amount')",
  "A tank fills in 6 hours through one pipe and in 4 through another, and empties in 12 through a drain. How long does " +
    "it take to fill with all three open? Show each step.",
  "Translate into French: The train to Lyon leaves from platform four, not from platform nine.",
  "Give me ten names for a bakery that only sells bread made of rye.",
  "Extract name, date and amount as JSON from: Invoice 4411, issued 3 May to Harbour Bikes, for a total of 1,290.50 euros.",
  "Is this review positive or negative? The handle broke on the second day, but they sent a new one at once.",
  "Hi! How was your day?",
  "Compare TCP and QUIC for a service that streams small messages to phones on trains. Discuss loss, handover, head of " +
    "line blocking, CPU cost on the server and what operators can observe. Then recommend one, and say what would change " +
    "your mind.",
];
