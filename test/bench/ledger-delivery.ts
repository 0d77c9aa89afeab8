import { generateKeyPairSync } from "node:crypto";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { AuditService } from "#gen/pointsman/v1/audit_service_pb.ts";
import { RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import type { Ledger, NewEntry } from "../../src/ledger/ledger.ts";
import { inputOf } from "../support/service.ts";
import { startServiceProcess, writeServiceConfig } from "../torture/service-process.ts";

const TICK_MS = 5;

/** Milliseconds from append to delivery, in order of size, of a watcher within the process. */
export async function deliveryWithin(
  ledger: Ledger,
  entries: readonly NewEntry[],
  perSecond: number,
): Promise<number[]> {
  const ending = new AbortController();
  const appended = new Map<string, number>();
  const latencies: number[] = [];
  const query = { cursor: "", startTime: undefined, filter: undefined };
  const ready = Promise.withResolvers<void>();
  const watching = (async () => {
    const messages = ledger.reader.watchEntries(query, { tenants: "all" }, ending.signal);
    for await (const { event } of messages) {
      if (event.case === "checkpoint") ready.resolve();
      const since = event.case === "entry" ? appended.get(event.value.decisionId) : undefined;
      if (since !== undefined) latencies.push(performance.now() - since);
      if (latencies.length === entries.length) return;
    }
  })();
  await ready.promise;
  await paced(entries.length, perSecond, async (index) => {
    const entry = entries[index] as NewEntry;
    appended.set(entry.decisionId, performance.now());
    await ledger.append(entry);
  });
  await watching;
  ending.abort();
  return latencies.sort((left, right) => left - right);
}

/**
 * Milliseconds from append, as the entry tells it, to delivery, in order of size, of a watcher at the gRPC door of a service
 * in a process of its own that answers real requests; each makes three entries.
 */
export async function deliveryThroughDoor(
  folder: string,
  requests: number,
  requestsPerSecond: number,
): Promise<number[]> {
  const key = generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  const service = await startServiceProcess(writeServiceConfig(folder, key));
  if (!service) throw new Error("the service did not start");
  const [client] = service.clients;
  const ending = new AbortController();
  const latencies: number[] = [];
  let measuring = false;
  const ready = Promise.withResolvers<void>();
  const follow = async (): Promise<void> => {
    const options = { signal: ending.signal };
    for await (const { event } of client.stream(AuditService.method.watchEntries, {}, options)) {
      if (event.case === "checkpoint") ready.resolve();
      if (event.case !== "entry" || !event.value.createTime || !measuring) continue;
      latencies.push(Date.now() - timestampMs(event.value.createTime));
    }
  };
  // Ends by being aborted, with an error.
  const watching = follow().catch((error: unknown) => ending.signal.aborted || Promise.reject(error));
  const send = async (): Promise<void> => {
    await client.unary(RouteService.method.route, { input: inputOf("Say hello.") }).catch(() => undefined);
  };
  try {
    await Promise.race([ready.promise, watching]);
    await paced(requestsPerSecond, requestsPerSecond, send);
    measuring = true;
    await paced(requests, requestsPerSecond, send);
    await new Promise((resolve) => setTimeout(resolve, 500));
    ending.abort();
    await watching;
  } finally {
    await service.kill();
  }
  return latencies.sort((left, right) => left - right);
}

/** Does something so many times, so many times a second, whether or not what was begun before is done; then waits for it. */
async function paced(
  count: number,
  perSecond: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  const start = performance.now();
  const under: Promise<void>[] = [];
  while (under.length < count) {
    const due = Math.min(count, Math.ceil(((performance.now() - start) / 1_000) * perSecond));
    while (under.length < due) under.push(work(under.length));
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await Promise.all(under);
}
