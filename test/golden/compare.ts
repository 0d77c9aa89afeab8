import { type DescMessage, type JsonValue, type Message, toJson } from "@bufbuild/protobuf";
import { type StreamRouteResponse, StreamRouteResponseSchema } from "#gen/pointsman/v1/stream_service_pb.ts";

/** What differs between two runs of the same case: ids, times and how long things took. */
const NOT_COMPARED: ReadonlySet<string> = new Set([
  "id",
  "decisionId",
  "contentId",
  "writerId",
  "sequence",
  "previousDigest",
  "digest",
  "inputDigest",
  "outputDigest",
  "createTime",
  "startTime",
  "latency",
  "timeToFirstToken",
  "draw",
]);

/**
 * Says in what a message falls short of what is wanted: what the wanted one sets must be there, lists must be as long,
 * and what it leaves out is not looked at. Empty where all is well.
 */
export function findDifferences<Desc extends DescMessage>(
  schema: Desc,
  want: Message,
  got: Message | undefined,
): string[] {
  const differences: string[] = [];
  if (got === undefined) return ["there is none"];
  compare(toJson(schema, want as never), toJson(schema, got as never), "", differences);
  return differences;
}

function compare(want: JsonValue, got: JsonValue | undefined, path: string, differences: string[]): void {
  if (Array.isArray(want)) {
    const list = Array.isArray(got) ? got : [];
    if (list.length !== want.length) {
      differences.push(`${path}: wanted ${want.length}, got ${list.length}: ${JSON.stringify(got)}`);
      return;
    }
    want.forEach((item, index) => {
      compare(item, list[index], `${path}[${index}]`, differences);
    });
  } else if (typeof want === "object" && want !== null) {
    const fields = typeof got === "object" && got !== null && !Array.isArray(got) ? got : undefined;
    if (!fields) differences.push(`${path}: wanted ${JSON.stringify(want)}, got ${JSON.stringify(got)}`);
    for (const [name, value] of Object.entries(want)) {
      if (fields && !NOT_COMPARED.has(name)) compare(value, fields[name], `${path}.${name}`, differences);
    }
  } else if (want !== got) {
    differences.push(`${path}: wanted ${JSON.stringify(want)}, got ${JSON.stringify(got)}`);
  }
}

/** Joins neighbouring pieces of text: where a network cuts them is nobody's promise. */
export function joinTexts(events: readonly StreamRouteResponse[]): StreamRouteResponse[] {
  const joined: StreamRouteResponse[] = [];
  for (const { event } of events) {
    const last = joined.at(-1)?.event;
    if (event.case === "textDelta" && last?.case === "textDelta") last.value.text += event.value.text;
    else
      joined.push(
        structuredClone({ $typeName: StreamRouteResponseSchema.typeName, event }) as StreamRouteResponse,
      );
  }
  return joined;
}
