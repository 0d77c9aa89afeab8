import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { CompletionSchema } from "#gen/pointsman/v1/completion_pb.ts";
import { DecisionSchema } from "#gen/pointsman/v1/decision_pb.ts";
import { createRequestFlights } from "./request-flights.ts";

const answer = { decision: create(DecisionSchema, { id: "d" }), completion: create(CompletionSchema) };

it("holds an answer that landed, though its request is ended by a crash as all are", async () => {
  let now = 0;
  const flights = createRequestFlights(() => now, 1_000);
  const landing = flights.start("acme", "r", "digest");
  landing.land(answer);
  landing.crash(new Error("the request is over"));
  await expect(flights.find("acme", "r")?.answer).resolves.toBe(answer);
  expect(flights.find("globex", "r")).toBeUndefined();
  now = 1_001;
  expect(flights.find("acme", "r")).toBeUndefined();
});

it("forgets a request that came to nothing, and keeps a later one of the same id", async () => {
  const flights = createRequestFlights(() => 0);
  const first = flights.start("acme", "r", "digest");
  const waiting = flights.find("acme", "r")?.answer;
  first.crash(new Error("no"));
  await expect(waiting).rejects.toThrow("no");
  expect(flights.find("acme", "r")).toBeUndefined();
  flights.start("acme", "r", "other").land(answer);
  first.crash(new Error("again"));
  expect(flights.find("acme", "r")?.inputDigest).toBe("other");
});
