import type { Running } from "./processes.ts";

/** A line of a Pointsman server's metrics: name, labels as they stand there, value. */
export interface MetricLine {
  readonly name: string;
  readonly labels: string;
  readonly value: number;
}

/** Reads a server's metrics through its HTTP door. */
export async function readMetrics(server: Running): Promise<MetricLine[]> {
  const response = await fetch(`http://${server.addresses[1]}/metrics`);
  const text = await response.text();
  return text.split("\n").flatMap((line) => {
    const [, name, labels = "", value] = /^([a-z0-9_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    return name && value ? [{ name, labels, value: Number(value) }] : [];
  });
}

/**
 * HTTP 200 says nothing about a gRPC call, its status comes behind the answer; so the server is asked how its calls ended.
 * @throws Error where one failed.
 */
export async function assertAllServed(server: Running, name: string, atLeast: number): Promise<void> {
  const lines = await readMetrics(server);
  const calls = lines.filter((line) => line.name === "pointsman_rpc_calls_total");
  const failed = calls.filter(({ labels, value }) => !labels.includes('code="0"') && value > 0);
  const served = calls.reduce((sum, { labels, value }) => sum + (labels.includes('code="0"') ? value : 0), 0);
  if (failed.length > 0)
    throw new Error(`${name}: calls failed: ${failed.map(({ labels }) => labels).join("; ")}`);
  if (served < atLeast) throw new Error(`${name} served ${served} of ${atLeast} calls`);
  const completions = lines.filter((line) => line.name === "pointsman_completions_total");
  const odd = completions.filter(({ labels, value }) => !labels.includes('state="completed"') && value > 0);
  if (odd.length > 0)
    throw new Error(`${name}: answers were not complete: ${odd.map(({ labels }) => labels).join("; ")}`);
}
