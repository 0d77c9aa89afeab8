import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import { RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import { type StreamRouteResponse, StreamService } from "#gen/pointsman/v1/stream_service_pb.ts";
import { CallFailure } from "../support/clients.ts";
import { inputOf, startTestService, type TestService } from "../support/service.ts";

let service: TestService;
beforeAll(async () => {
  const broken = (kind: string): object => ({
    id: kind,
    provider: "simulated",
    model: kind,
    simulate: { faults: [{ kind, rate: 1 }] },
  });
  service = await startTestService({
    config: { targets: [broken("endless"), broken("hang"), broken("reset")] },
    policy: [
      "rules:",
      "  - { id: once, attempts: { max: 1 } }",
      "  - { id: time, when: \"labels.kind != 'reset'\", attempts: { total_timeout: 700ms } }",
      "  - { id: endless, when: \"labels.kind == 'endless'\", only: { targets: [endless] } }",
      "  - { id: hang, when: \"labels.kind == 'hang'\", only: { targets: [hang] } }",
      "  - { id: reset, when: \"labels.kind == 'reset'\", only: { targets: [reset] } }",
    ].join("\n"),
  });
});
afterAll(() => service[Symbol.asyncDispose]());

describe.each([0, 1])("a provider without end (door %i)", (door) => {
  it.each([
    // Whichever comes first: the end of its time, or of what one event may hold.
    ["endless", CompletionState.FAILED, /^(DEADLINE|ATTEMPTS_EXHAUSTED)$/],
    ["hang", CompletionState.FAILED, /^DEADLINE$/],
    ["reset", CompletionState.FAILED, /^ATTEMPTS_EXHAUSTED$/],
  ])("that does %s is left in time, with one terminal event", async (kind, state, reason) => {
    const input = { ...inputOf("Go on."), labels: { kind } };
    const events: StreamRouteResponse[] = [];
    for await (const event of service.clients[door]?.stream(StreamService.method.streamRoute, { input }) ??
      [])
      events.push(event);
    const finished = events.flatMap(({ event }) =>
      event.case === "finished" ? [event.value.completion] : [],
    );
    expect(finished.length).toBe(1);
    expect(finished[0]?.state).toBe(state);
    expect(finished[0]?.errorReason.replace("ERROR_REASON_", "")).toMatch(reason);
    const failure = await service.clients[door]?.unary(RouteService.method.route, { input }).then(
      () => undefined,
      (error: unknown) => error as CallFailure,
    );
    expect(failure).toBeInstanceOf(CallFailure);
    expect(failure?.reason).toMatch(reason);
  });
});

it("is asked without end and the memory stays where it was", async () => {
  const before = process.memoryUsage().rss;
  const input = { ...inputOf("Go on."), labels: { kind: "endless" } };
  await Promise.allSettled(
    service.clients.map((client) => client.unary(RouteService.method.route, { input })),
  );
  expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024);
});
