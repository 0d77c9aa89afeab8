import { parentPort, workerData } from "node:worker_threads";
import { type ForwardOptions, forward } from "./forwarder.ts";

/** Starts where the file is run as a thread: ships until any message comes, and tells how it is. */
async function run(options: ForwardOptions): Promise<void> {
  const port = parentPort;
  if (!port) throw new Error("forward-thread.ts runs as a worker thread only");
  const controller = new AbortController();
  port.once("message", () => controller.abort());
  await forward(options, (state) => port.postMessage(state), controller.signal);
  port.close();
}

await run(workerData as ForwardOptions);
