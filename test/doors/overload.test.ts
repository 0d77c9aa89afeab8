import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { LatencyClass } from "#gen/pointsman/v1/route_input_pb.ts";
import { RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import { CallFailure, type DoorClient } from "../support/clients.ts";
import { inputOf, startTestService } from "../support/service.ts";

const { route } = RouteService.method;

it("refuses early what it cannot hold, and first what nobody waits for", async () => {
  await using service = await startTestService({
    config: { server: { max_in_flight: 4, batch_share: 0.5 } },
  });
  service.play({ texts: ["Done."] });
  const answer = service.provider.hold();
  const ask = (client: DoorClient, text: string, latencyClass: LatencyClass): Promise<unknown> =>
    client.unary(route, { input: { ...inputOf(text), hints: { latencyClass } } });
  const refusal = async (asked: Promise<unknown>): Promise<CallFailure> => {
    const failure: unknown = await asked.then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(CallFailure);
    return failure as CallFailure;
  };
  const [grpc, http] = service.clients as [DoorClient, DoorClient];
  const underway: Promise<unknown>[] = [];
  const start = async (client: DoorClient, latencyClass: LatencyClass): Promise<void> => {
    underway.push(ask(client, `Question ${underway.length}.`, latencyClass));
    while (service.provider.bodies.length < underway.length) await sleep(10);
  };
  await start(grpc, LatencyClass.BATCH);
  await start(http, LatencyClass.BATCH);
  for (const client of service.clients) {
    const failure = await refusal(ask(client, "No hurry.", LatencyClass.BATCH));
    expect(failure).toMatchObject({ code: "RESOURCE_EXHAUSTED", reason: "OVERLOADED", saysWhen: true });
    expect(failure.metadata).toMatchObject({ in_flight: "2" });
  }
  await start(grpc, LatencyClass.STANDARD);
  await start(http, LatencyClass.INTERACTIVE);
  for (const client of service.clients) {
    const failure = await refusal(ask(client, "At once.", LatencyClass.INTERACTIVE));
    expect(failure).toMatchObject({ code: "RESOURCE_EXHAUSTED", reason: "OVERLOADED", saysWhen: true });
  }
  answer();
  await Promise.all(underway);
  await ask(grpc, "Now there is room.", LatencyClass.BATCH);
});
