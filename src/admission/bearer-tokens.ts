import { create } from "@bufbuild/protobuf";
import { createRemoteJWKSet, decodeJwt, errors, type JWTPayload, jwtVerify } from "jose";
import { type Caller, CallerSchema } from "#gen/pointsman/v1/facts_pb.ts";
import { sha256Hex } from "../lib/digest.ts";
import { abortable } from "../lib/signals.ts";
import { AdmissionError } from "./admission-error.ts";
import { type JwtSettings, ROLES } from "./identity-settings.ts";

/** Checks JSON Web Tokens. */
export interface BearerTokens {
  /** Whose token it is. @throws AdmissionError `unauthenticated`; the signal's reason where it aborts. */
  verify(token: string, signal: AbortSignal): Promise<Caller>;
}

/** Tokens that were verified and are remembered, by digest. */
const MOST_VERIFIED = 10_000;

/** How long a verified token is remembered at most, in milliseconds, so that a withdrawn signing key takes effect. */
const REMEMBER_MS = 300_000;

/** The longest token that is looked at. */
const MOST_LENGTH = 16_384;

/** Makes the check. Keys are fetched on first use, kept for ten minutes, and fetched anew for a key that is not known. */
export function createBearerTokens(issuers: readonly JwtSettings[], now: () => number): BearerTokens {
  const verified = new Map<string, { readonly caller: Caller; readonly until: number }>();
  const known = new Map(
    issuers.map((settings) => {
      const keys = createRemoteJWKSet(new URL(settings.jwks_url), {
        timeoutDuration: 5_000,
        cooldownDuration: 30_000,
        cacheMaxAge: 600_000,
      });
      return [settings.issuer, { settings, keys }] as const;
    }),
  );

  const check = async (token: string): Promise<{ caller: Caller; until: number }> => {
    const issuer = known.get(unverifiedIssuer(token));
    if (!issuer) throw refused("The token's issuer is not known.");
    const { settings, keys } = issuer;
    const { payload } = await jwtVerify(token, keys, {
      issuer: settings.issuer,
      audience: settings.audience,
      algorithms: settings.algorithms,
      clockTolerance: settings.clock_tolerance_s,
      requiredClaims: ["exp", "sub"],
      currentDate: new Date(now()),
    });
    const end = ((payload.exp ?? 0) + settings.clock_tolerance_s) * 1_000;
    return { caller: callerOf(payload, settings), until: Math.min(end, now() + REMEMBER_MS) };
  };

  return {
    async verify(token, signal) {
      if (token.length > MOST_LENGTH) throw refused("The token is too long.");
      const digest = sha256Hex(token);
      const entry = verified.get(digest);
      if (entry && now() < entry.until) return entry.caller;
      verified.delete(digest);
      try {
        const found = await abortable(check(token), signal);
        if (verified.size >= MOST_VERIFIED) verified.delete(verified.keys().next().value ?? "");
        verified.set(digest, found);
        return found.caller;
      } catch (error) {
        if (error instanceof AdmissionError || signal.aborted) throw error;
        throw explain(error);
      }
    },
  };
}

function unverifiedIssuer(token: string): string {
  try {
    return decodeJwt(token).iss ?? "";
  } catch {
    throw refused("The credential is neither a key of this service nor a token.");
  }
}

function callerOf(payload: JWTPayload, settings: JwtSettings): Caller {
  const tenant = settings.tenant ?? textClaim(payload, settings.claims.tenant);
  if (tenant === "")
    throw refused(`The token has no claim "${settings.claims.tenant}", which names the tenant.`);
  const given = claimAt(payload, settings.claims.roles);
  const words = typeof given === "string" ? given.split(" ") : Array.isArray(given) ? given : [];
  const roles = ROLES.filter((role) => words.includes(role));
  return create(CallerSchema, {
    tenant,
    app: textClaim(payload, settings.claims.app),
    user: textClaim(payload, settings.claims.user),
    roles: [...new Set(roles.length > 0 ? roles : settings.default_roles)].sort(),
    keyId: `jwt:${payload.sub ?? ""}`.slice(0, 128),
  });
}

/** A claim by its whole name or, as some issuers nest them, along the dots of it. */
function claimAt(payload: JWTPayload, path: string): unknown {
  if (Object.hasOwn(payload, path)) return payload[path];
  let value: unknown = payload;
  for (const part of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

function textClaim(payload: JWTPayload, path: string): string {
  const value = claimAt(payload, path);
  return typeof value === "string" ? value.slice(0, 128) : "";
}

/** What may be told: which check failed, never what the token holds. */
function explain(error: unknown): AdmissionError {
  if (error instanceof errors.JWTExpired) return refused("The token has expired.");
  if (error instanceof errors.JWTClaimValidationFailed)
    return refused(`The token's claim "${error.claim}" is not accepted.`);
  if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) {
    return new AdmissionError("unauthenticated", "The issuer's keys cannot be fetched now. Retry later.", {
      retryAfterMs: 1_000,
      cause: error,
    });
  }
  return refused("The token is not accepted.");
}

function refused(message: string): AdmissionError {
  return new AdmissionError("unauthenticated", message);
}
