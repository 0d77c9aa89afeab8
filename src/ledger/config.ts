import { z } from "zod";

const days = z.number().int().min(1).max(36_500);

const signSchema = z
  .strictObject({
    /** A PEM file with an Ed25519 private key. */
    key_file: z.string().min(1).optional(),
    /** The same PEM text itself, usually as `${VARIABLE}`. */
    key: z.string().min(1).optional(),
    /** Sign the head of the chain after this many entries. */
    every_entries: z.number().int().min(1).max(1_000_000).default(1_000),
    /** Sign it after this many seconds, if anything was added. */
    every_seconds: z.number().min(1).max(86_400).default(60),
    /** PEM files with public keys whose signatures are trusted besides the own one, such as earlier keys. */
    trusted_key_files: z.array(z.string().min(1)).max(32).default([]),
  })
  .refine((sign) => (sign.key_file === undefined) !== (sign.key === undefined), {
    message: "set exactly one of key_file and key",
  });

const encryptionSchema = z.strictObject({
  /** The first key encrypts, all decrypt. To rotate, put the new key in front and run `pointsman audit reencrypt`. */
  keys: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/),
        /** 32 bytes in base64, usually as `${VARIABLE}`. */
        key: z
          .string()
          .refine((text) => Buffer.from(text, "base64").length === 32, "must be 32 bytes in base64"),
      }),
    )
    .min(1)
    .max(16)
    .refine((keys) => new Set(keys.map((key) => key.id)).size === keys.length, "ids must differ"),
});

const postgresSchema = z.strictObject({
  /** A connection string, such as postgres://user:password@host:5432/database. */
  url: z.string().min(1),
  /** The schema that holds the tables; made where it is missing. */
  schema: z
    .string()
    .regex(/^[a-z_][a-z0-9_]{0,50}$/)
    .default("pointsman"),
  /** Entries in one transaction. */
  batch_size: z.number().int().min(1).max(10_000).default(1_000),
  /** Lag in seconds from which the state says `lagging`. */
  lag_alert_seconds: z.number().min(1).max(86_400).default(60),
  /** Days in a partition of the table of entries. Partitions that there are keep their width. */
  partition_days: z.number().int().min(1).max(366).default(7),
  /** Days that entries are kept in the centre; whole partitions are dropped. Needs `sign`. If not set, for good. */
  retention_days: days.optional(),
  /** Where lists, sums, watches and verification read: this machine's entries, or those of all machines. */
  read: z.enum(["local", "centre"]).default("centre"),
});

/** The section `ledger` of the configuration. Every field has a default but keys and addresses. */
export const ledgerSettingsSchema = z
  .strictObject({
    /** What `append` waits for: the disk, the operating system, or nothing. */
    durability: z.enum(["fsync", "os", "async"]).default("fsync"),
    /** What happens to requests while entries cannot be written. */
    on_failure: z.enum(["refuse", "serve_unrecorded"]).default("refuse"),
    /** Entries that may wait to be written; more are refused as overload. */
    max_pending: z.number().int().min(16).max(1_000_000).default(20_000),
    /** Bytes that may wait to be written; more are refused as overload. */
    max_pending_bytes: z.number().int().min(1_048_576).max(4_294_967_296).default(67_108_864),
    /** Milliseconds that an entry may wait before the state says `slow`. */
    slow_ms: z.number().min(1).max(600_000).default(1_000),
    /** Days that entries are kept on this machine. If not set, for good. */
    retention_days: days.optional(),
    /** Signs the heads of the chain. If not set, the chain is not signed. */
    sign: signSchema.optional(),
    /** Encrypts stored contents with AES-256-GCM. If not set, they are stored as they are. */
    encryption: encryptionSchema.optional(),
    /** Ships entries to PostgreSQL. If not set, this machine is all there is. */
    postgres: postgresSchema.optional(),
  })
  .refine(({ postgres, sign }) => postgres?.retention_days === undefined || sign !== undefined, {
    message: "needs ledger.sign: a signed checkpoint takes the place of what is dropped",
    path: ["postgres", "retention_days"],
  });

/** The section `ledger`, complete. */
export type LedgerSettings = z.output<typeof ledgerSettingsSchema>;

/** What may be written in the section `ledger`. */
export type LedgerSettingsInput = z.input<typeof ledgerSettingsSchema>;
