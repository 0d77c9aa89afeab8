import { z } from "zod";
import { identitySettingsSchema } from "./admission/identity-settings.ts";
import { limitSettingsSchema, limitStoreSchema } from "./admission/limit-settings.ts";
import { cacheSettingsSchema } from "./cache/cache-settings.ts";
import { ledgerSettingsSchema } from "./ledger/config.ts";
import { id, targetSchema } from "./target-schema.ts";

const hostPort = z.string().regex(/^.+:\d{1,5}$/, "must be host:port");

const tls = z.strictObject({
  /** PEM files of the server's certificate chain and key. */
  cert_file: z.string().min(1),
  key_file: z.string().min(1),
  /** PEM file of the authorities whose client certificates are accepted. If not set, none are asked for. */
  client_ca_file: z.string().min(1).optional(),
  /** Whether a client without a certificate is turned away. Default false. */
  require_client_cert: z.boolean().default(false),
});

const listen = z.strictObject({
  grpc: hostPort.default("127.0.0.1:50051"),
  http: hostPort.default("127.0.0.1:8080"),
  tls: tls.optional(),
  /** Origins from which browsers may call. Default none. */
  cors_origins: z.array(z.string().min(1)).max(100).default([]),
});

/** The whole configuration, as it is written in pointsman.yaml. */
export const configSchema = z
  .strictObject({
    listen: listen.prefault({}),
    /** The folder of ledger, counters and keys. */
    data: z.string().min(1).default("data"),
    /** The policy's file, relative to this one. If not set, the empty policy: no rules. */
    policy: z.string().min(1).optional(),
    targets: z.array(targetSchema).max(1_000).default([]),
    /** A scorecard's file, as `pointsman eval` and `pointsman fit` write it, relative to this one. If not set, what is assumed of targets is where learning starts. */
    scorecard: z.string().min(1).optional(),
    /** Folders of documents for retrieval, relative to this file. */
    collections: z
      .array(z.strictObject({ id, folder: z.string().min(1) }))
      .max(100)
      .default([]),
    /** API keys; `pointsman keys` manages further ones in a file of its own. */
    keys: z.array(z.unknown()).default([]),
    /** Tokens, certificates, and who may call without a credential. */
    identity: z.record(z.string(), z.unknown()).default({}),
    limits: z.array(z.unknown()).default([]),
    budgets: z.array(z.unknown()).default([]),
    limit_store: limitStoreSchema.prefault({}),
    /** Where limits, budgets and cached answers are shared. If not set, a file in the data folder: right for one machine. */
    shared_store: z
      .strictObject({
        /** One address, or some of a cluster's, such as redis://127.0.0.1:6379. */
        valkey_urls: z.array(z.string().min(1)).min(1).max(100),
      })
      .optional(),
    ledger: ledgerSettingsSchema.prefault({}),
    /** Kept answers; which requests may use them is policy's. */
    cache: cacheSettingsSchema.prefault({}),
    breaker: z
      .strictObject({
        error_threshold_percentage: z.number().min(1).max(100).default(50),
        volume_threshold: z.int().min(1).max(10_000).default(5),
        window_ms: z.int().min(100).max(3_600_000).default(10_000),
        reset_ms: z.int().min(10).max(3_600_000).default(15_000),
      })
      .prefault({}),
    /** Bounds of the service itself. */
    server: z
      .strictObject({
        max_in_flight: z.int().min(1).max(1_000_000).default(2_000),
        /** The share of these places that requests of latency class BATCH may find taken and still get one. */
        batch_share: z.number().min(0).max(1).default(0.8),
        max_message_bytes: z
          .int()
          .min(1_024)
          .max(256 * 1024 * 1024)
          .default(16 * 1024 * 1024),
        /** How long requests in flight may take to end after SIGTERM. */
        drain_ms: z.int().min(0).max(3_600_000).default(30_000),
      })
      .prefault({}),
    log: z
      .strictObject({ level: z.enum(["debug", "info", "warn", "error", "silent"]).default("info") })
      .prefault({}),
  })
  .transform(({ limits, budgets, limit_store, keys, identity, ...rest }, context) => {
    if ("keys" in identity) {
      context.addIssue({
        code: "custom",
        path: ["identity", "keys"],
        message: "belongs at the top level, as keys",
      });
    }
    const admission = limitSettingsSchema.safeParse({ limits, budgets, limit_store });
    const known = identitySettingsSchema.safeParse({ keys, ...identity });
    for (const { error } of [admission, known]) {
      for (const { path, message } of error?.issues ?? [])
        context.addIssue({ code: "custom", path, message });
    }
    if (!admission.success || !known.success) return z.NEVER;
    return { ...rest, admission: admission.data, identity: known.data };
  });

/** The configuration, complete. */
export type Config = z.output<typeof configSchema>;

/** One target of the configuration. */
export type TargetConfig = Config["targets"][number];
