import { z } from "zod";
import { parseKey } from "./api-key.ts";

/** What a caller may do. */
export const ROLES = ["caller", "auditor", "operator"] as const;

const name = z.string().min(1).max(128);
const keyName = z.string().regex(/^[a-zA-Z0-9-]{1,40}$/, "must be 1 to 40 letters, digits or dashes");
const roles = z.array(z.enum(ROLES)).max(3).default(["caller"]);

/** A key of the settings: plain, as out of an environment variable, or as the salted hash that a key file holds of it. */
const key = z
  .strictObject({
    id: keyName,
    /** The whole key, `pm_<id>_<secret>`; hashed when it is loaded. */
    key: z.string().optional(),
    /** The salted hash, `sha256:<salt>:<digest>`. */
    hash: z
      .string()
      .regex(/^sha256:[0-9a-f]{32}:[0-9a-f]{64}$/, "must be sha256:<32 hex>:<64 hex>")
      .optional(),
    tenant: name,
    app: name.optional(),
    user: name.optional(),
    roles,
    expires: z.iso.datetime({ offset: true }).optional(),
  })
  .superRefine((given, context) => {
    if ((given.key === undefined) === (given.hash === undefined)) {
      context.addIssue({ code: "custom", message: "must have either key or hash", path: ["key"] });
    }
    if (given.key !== undefined && parseKey(given.key)?.id !== given.id) {
      const message = `must read pm_${given.id}_<secret of at least 32 characters>; \`pointsman keys create\` makes one`;
      context.addIssue({ code: "custom", message, path: ["key"] });
    }
  });

/** Where a claim of a token becomes a part of the caller. Dots go into nested claims. */
const claims = z
  .strictObject({
    tenant: name.default("tenant"),
    app: name.default("azp"),
    user: name.default("sub"),
    roles: name.default("roles"),
  })
  .prefault({});

const jwt = z
  .strictObject({
    issuer: z.string().min(1).max(2_048),
    audience: z.union([name, z.array(name).min(1).max(20)]),
    jwks_url: z.url({ protocol: /^https?$/ }),
    /** Signature algorithms that are accepted; only those of public keys, so that no shared secret can stand in for one. */
    algorithms: z
      .array(
        z.enum(["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]),
      )
      .min(1)
      .default(["RS256", "ES256", "EdDSA"]),
    clock_tolerance_s: z.number().min(0).max(300).default(30),
    claims,
    /** The tenant of every token of this issuer, where tokens name none. */
    tenant: name.optional(),
    /** Roles of every token of this issuer that names none of ours. */
    default_roles: roles,
  })
  .refine(({ jwks_url }) => jwks_url.startsWith("https:") || isLoopback(new URL(jwks_url).hostname), {
    message: "must be https, or http on the loopback interface",
    path: ["jwks_url"],
  });

/** A client certificate, by its whole subject or one subject alternative name; `*` stands for any text. */
const certificate = z
  .strictObject({
    id: keyName,
    /** All parts in their order, such as `C=DE,O=Acme,CN=billing`. */
    subject: z.string().min(1).max(512).optional(),
    /** Such as `DNS:billing.internal`, `URI:spiffe://acme/billing` or `email:a@b.example`. */
    alternative_name: z.string().min(1).max(512).optional(),
    tenant: name,
    app: name.optional(),
    user: name.optional(),
    roles,
  })
  .superRefine((given, context) => {
    if ((given.subject === undefined) === (given.alternative_name === undefined)) {
      const message = "must have either subject or alternative_name";
      context.addIssue({ code: "custom", message, path: ["subject"] });
    }
  });

/** The section of identity: what is given, checked, with every default filled in. */
export const identitySettingsSchema = z
  .strictObject({
    keys: z.array(key).max(10_000).default([]),
    /** The file that `pointsman keys` writes. If not set, only the keys of the settings are known. */
    key_file: z.string().min(1).optional(),
    jwt: z.array(jwt).max(20).default([]),
    certificates: z.array(certificate).max(1_000).default([]),
    /**
     * If set, users are known by a keyed hash from here on: to policy, in records and to erasure. At least 16 characters;
     * the same in every process, and for as long as records are to be joined.
     */
    user_hash_key: z.string().min(16).max(1_024).optional(),
    /** Who may call without a credential: nobody, programs on this machine, or anybody that reaches the port. */
    anonymous: z.enum(["loopback", "always", "never"]).default("loopback"),
    /** Roles of callers without a credential. Default: all on the loopback interface, `caller` elsewhere. */
    anonymous_roles: z.array(z.enum(ROLES)).max(3).optional(),
  })
  .superRefine(({ keys, certificates }, context) => {
    for (const [list, items] of [["keys", keys] as const, ["certificates", certificates] as const]) {
      const seen = new Set<string>();
      for (const [index, { id }] of items.entries()) {
        if (seen.has(id))
          context.addIssue({
            code: "custom",
            message: `the id "${id}" is used twice`,
            path: [list, index, "id"],
          });
        seen.add(id);
      }
    }
  });

/** Identity as the room uses it. */
export type IdentitySettings = z.output<typeof identitySettingsSchema>;

/** One issuer of tokens. */
export type JwtSettings = IdentitySettings["jwt"][number];

/** One client certificate that is known. */
export type CertificateSettings = IdentitySettings["certificates"][number];

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}
