import { createHash } from "node:crypto";
import { Cluster, Redis } from "iovalkey";
import { abortable } from "./signals.ts";

/** A script that runs inside the server as one atomic step, known there by its digest. */
export interface ValkeyScript {
  readonly text: string;
  readonly digest: string;
}

/** A connection to a Valkey or Redis server, or to a cluster of them. */
export interface ValkeyClient {
  /** Runs a script on one key, or on keys of one hash tag, so that it is right on a cluster too. Bulk answers are buffers. */
  run(
    script: ValkeyScript,
    keys: readonly string[],
    parameters: readonly (string | number | Uint8Array)[],
    signal: AbortSignal,
  ): Promise<unknown>;
  /** Runs one command. Bulk answers are buffers. */
  command(
    name: string,
    parameters: readonly (string | number | Uint8Array)[],
    signal: AbortSignal,
  ): Promise<unknown>;
  /** Closes the connection; what is under way fails. */
  close(): Promise<void>;
}

/** Prepares a script. */
export function valkeyScript(text: string): ValkeyScript {
  return { text, digest: createHash("sha1").update(text).digest("hex") };
}

/** The longest pause between two tries to connect, in milliseconds. */
const MOST_PAUSE_MS = 2_000;

/**
 * Connects on first use, and again whenever the connection is lost. While the server is away a call fails at once: nothing is
 * queued and nothing is sent twice, so the caller alone decides what to repeat.
 * @param urls one of a server, such as `redis://127.0.0.1:6379/0` or `rediss://user:password@host`; several for a cluster.
 */
export function connectValkey(urls: readonly string[]): ValkeyClient {
  const client = urls.length > 1 ? connectCluster(urls) : connectServer(urls[0] ?? "");
  // A failure is told by the call that meets it; without a listener the process would end.
  client.on("error", () => undefined);
  let opening: Promise<void> | undefined;

  const ready = (signal: AbortSignal): Promise<void> | undefined => {
    if (client.status === "ready") return undefined;
    if (client.status === "wait") {
      opening = client.connect();
      opening.catch(() => undefined);
    }
    return client.status === "reconnecting" || !opening ? undefined : abortable(opening, signal);
  };

  const command: ValkeyClient["command"] = async (name, parameters, signal) => {
    signal.throwIfAborted();
    await ready(signal);
    const values = parameters.map((value) => (value instanceof Uint8Array ? Buffer.from(value) : value));
    return abortable(client.callBuffer(name, ...values) as Promise<unknown>, signal);
  };

  return {
    command,
    async run(script, keys, parameters, signal) {
      try {
        return await command("EVALSHA", [script.digest, keys.length, ...keys, ...parameters], signal);
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
        return await command("EVAL", [script.text, keys.length, ...keys, ...parameters], signal);
      }
    },
    async close() {
      client.disconnect();
    },
  };
}

function connectServer(url: string): Redis {
  return new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 5_000,
    retryStrategy: pause,
  });
}

function connectCluster(urls: readonly string[]): Cluster {
  const first = new URL(urls[0] ?? "");
  return new Cluster([...urls], {
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: pause,
    redisOptions: {
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      ...(first.username !== "" && { username: decodeURIComponent(first.username) }),
      ...(first.password !== "" && { password: decodeURIComponent(first.password) }),
      ...(first.protocol === "rediss:" && { tls: {} }),
    },
  });
}

function pause(times: number): number {
  return Math.min(MOST_PAUSE_MS, 25 * 2 ** Math.min(times, 7));
}
