import { readdirSync, readFileSync } from "node:fs";
import { fromJson } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RouteCase, RouteCaseSchema } from "#gen/pointsman/testing/v1/route_case_pb.ts";
import { type Completion, CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import { type Decision, DecisionSchema } from "#gen/pointsman/v1/decision_pb.ts";
import { EntrySchema } from "#gen/pointsman/v1/entry_pb.ts";
import { StreamRouteResponseSchema } from "#gen/pointsman/v1/stream_service_pb.ts";
import { findDifferences, joinTexts } from "./compare.ts";
import { type CaseResult, openPlace, type Place, places } from "./run-case.ts";

const folder = new URL("cases/", import.meta.url);
const cases = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .sort()
  .map((name) => fromJson(RouteCaseSchema, JSON.parse(readFileSync(new URL(name, folder), "utf8"))));

it("are enough, and each has its own name", () => {
  expect(cases.length).toBeGreaterThanOrEqual(20);
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
});

describe.each(places)("golden cases, %s", (place) => {
  let open: Place;
  beforeAll(async () => {
    open = await openPlace(place);
  });
  afterAll(() => open[Symbol.asyncDispose]());

  it.each(cases)("$name: $description", async (routeCase) => {
    const result = await open.run(routeCase);
    expect(differencesOf(routeCase, result)).toEqual([]);
    expect(textsOf(routeCase, result)).toEqual(wantedTexts(routeCase, result));
    expect(
      result.unaryFailure && { code: result.unaryFailure.code, reason: result.unaryFailure.reason },
    ).toEqual(routeCase.wantError && { code: routeCase.wantError.code, reason: routeCase.wantError.reason });
    checkStream(result);
    expect(leaks(result)).toEqual([]);
  });
});

/** Decision, events and entries against what is wanted; the unary call must have decided as the streamed one did. */
function differencesOf({ wantDecision, wantEvents, wantEntries }: RouteCase, result: CaseResult): string[] {
  const differences: string[] = [];
  const recorded = result.entries.find(({ event }) => event.case === "decided")?.event.value;
  const decision = recorded && "decision" in recorded ? recorded.decision : undefined;
  if (wantDecision) {
    differences.push(...findDifferences(DecisionSchema, wantDecision, decision));
    if (result.unary)
      differences.push(...findDifferences(DecisionSchema, wantDecision, result.unary.decision));
  }
  const pairs = [
    {
      kind: "events",
      schema: StreamRouteResponseSchema,
      want: joinTexts(wantEvents),
      got: joinTexts(result.events),
    },
    { kind: "entries", schema: EntrySchema, want: wantEntries, got: result.entries },
  ];
  for (const { kind, schema, want, got } of pairs) {
    if (want.length === 0) continue;
    const kinds = got.map(({ event }) => event.case).join(", ");
    if (want.length !== got.length) differences.push(`${kind}: wanted ${want.length}, got ${kinds}`);
    want.forEach((message, index) => {
      differences.push(
        ...findDifferences(schema, message, got[index]).map((text) => `${kind}[${index}]${text}`),
      );
    });
  }
  if (differences.length > 0) differences.push(describeChoice(decision));
  return differences;
}

/** For whoever has to find out why a case fails. */
function describeChoice(decision: Decision | undefined): string {
  const candidates = decision?.candidates.map(({ targetId, value }) => `${targetId} ${value}`) ?? [];
  const exclusions = decision?.exclusions.map(({ targetId, message }) => `not ${targetId}: ${message}`) ?? [];
  return `the choice was: ${[...candidates, ...exclusions].join(", ")}`;
}

/** Exactly one terminal event, last; and it says what the record and the unary call say. */
function checkStream({ events, streamFailure, unary, unaryFailure, entries }: CaseResult): void {
  if (streamFailure) {
    expect(events).toEqual([]);
    expect(streamFailure.reason).toBe(unaryFailure?.reason);
    return;
  }
  expect(events[0]?.event.case).toBe("decided");
  expect(events.filter(({ event }) => event.case === "finished").length).toBe(1);
  const last = finishedOf(events.at(-1)?.event.value);
  const kept = finishedOf(entries.at(-1)?.event.value);
  expect(kept?.state).toBe(last?.state);
  expect(kept?.costMicros).toBe(last?.costMicros);
  // A cut stream has given what came; a cut whole answer has given nothing, so there another target may be asked.
  if (last?.state === CompletionState.TRUNCATED) return;
  if (unary) expect(unary.completion.state).toBe(last?.state);
  else expect(last?.errorReason.replace("ERROR_REASON_", "")).toBe(unaryFailure?.reason);
}

function finishedOf(value: unknown): Completion | undefined {
  return (value as { completion?: Completion } | undefined)?.completion;
}

function textsOf({ wantText }: RouteCase, { events, unary }: CaseResult): string[] {
  if (wantText === undefined) return [];
  let streamed = "";
  for (const { event } of events) {
    if (event.case === "restarted") streamed = "";
    if (event.case === "textDelta") streamed += event.value.text;
  }
  const whole = unary?.completion.parts
    .map(({ content }) => (content.case === "text" ? content.value : ""))
    .join("");
  return whole === undefined ? [streamed] : [streamed, whole];
}

function wantedTexts({ wantText }: RouteCase, { unary }: CaseResult): string[] {
  return wantText === undefined ? [] : unary ? [wantText, wantText] : [wantText];
}

/** Private values that the cases hold; none may reach a provider or a ledger. */
const PRIVATE = ["ada.lovelace@example.com", "4111 1111 1111 1111"];

function leaks({ sent, entries }: CaseResult): string[] {
  const seen = [
    ...sent,
    JSON.stringify(entries, (_key, value) => (typeof value === "bigint" ? String(value) : value)),
  ];
  return PRIVATE.filter((value) => seen.some((text) => text.includes(value)));
}
