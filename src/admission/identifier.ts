import { create } from "@bufbuild/protobuf";
import { type Caller, CallerSchema } from "#gen/pointsman/v1/facts_pb.ts";
import { AdmissionError } from "./admission-error.ts";
import { createBearerTokens } from "./bearer-tokens.ts";
import { createCertificateFinder, type PeerCertificate } from "./client-certificates.ts";
import { type IdentitySettings, ROLES } from "./identity-settings.ts";
import { createKeyRing } from "./key-ring.ts";
import { createUserHash } from "./user-hash.ts";

/** What a call shows of its caller. */
export interface Credentials {
  /** The Authorization header. */
  readonly authorization?: string | undefined;
  /** The header x-api-key. Looked at where there is no Authorization header. */
  readonly apiKeyHeader?: string | undefined;
  /** The client certificate, verified by TLS. Looked at where no header names the caller. */
  readonly peerCertificate?: PeerCertificate | undefined;
  /** Whether the call came over the loopback interface. */
  readonly loopback: boolean;
}

/** Finds out who calls. */
export interface Identifier {
  /**
   * Who calls. The same credential gives the same object for as long as its settings stand; it must not be changed.
   * A credential that is wrong is refused, never taken for none.
   * @throws AdmissionError `unauthenticated`; the signal's reason where it aborts.
   */
  identify(credentials: Credentials, signal: AbortSignal): Promise<Caller>;
  close(): void;
}

/** What an identifier may be given. */
export interface IdentifierOptions {
  /** Milliseconds since 1970. Default: the machine's clock. */
  readonly now?: () => number;
  /** Told when the key file was read again, and of the error where it could not be used. */
  readonly onKeysReloaded?: (error: Error | undefined) => void;
}

/** Makes the identifier. @throws AdmissionError `invalid_settings`. */
export function createIdentifier(settings: IdentitySettings, options: IdentifierOptions = {}): Identifier {
  const now = options.now ?? Date.now;
  const keys = createKeyRing(settings, now, options.onKeysReloaded);
  const tokens = createBearerTokens(settings.jwt, now);
  const findCertificate = createCertificateFinder(settings.certificates);
  const local = anonymousCaller(settings.anonymous_roles ?? ROLES);
  const remote = anonymousCaller(settings.anonymous_roles ?? ["caller"]);

  const find = async (credentials: Credentials, signal: AbortSignal): Promise<Caller> => {
    // Where nobody can have a key or token, what programs send because they must send something is not one.
    const secret = keys.size > 0 || settings.jwt.length > 0 ? secretOf(credentials) : undefined;
    if (secret !== undefined) {
      const caller = keys.find(secret);
      if (caller) return caller;
      if (secret.startsWith("pm_") || settings.jwt.length === 0) throw refused("The key is not accepted.");
      return await tokens.verify(secret, signal);
    }
    if (credentials.peerCertificate && settings.certificates.length > 0) {
      const caller = findCertificate(credentials.peerCertificate);
      if (caller) return caller;
      throw refused("The client certificate belongs to no known caller.");
    }
    if (settings.anonymous === "never" || (settings.anonymous === "loopback" && !credentials.loopback)) {
      throw refused("The call needs a key, a token or a client certificate.");
    }
    return credentials.loopback ? local : remote;
  };

  const hideUser = settings.user_hash_key === undefined ? undefined : createUserHash(settings.user_hash_key);
  return {
    identify: hideUser ? async (credentials, signal) => hideUser(await find(credentials, signal)) : find,
    close: () => keys.close(),
  };
}

function secretOf({ authorization, apiKeyHeader }: Credentials): string | undefined {
  if (authorization !== undefined) {
    const [, secret] = /^bearer +(\S+) *$/i.exec(authorization) ?? [];
    if (!secret) throw refused("The Authorization header must read: Bearer <key or token>.");
    return secret;
  }
  return apiKeyHeader;
}

function anonymousCaller(roles: readonly string[]): Caller {
  return create(CallerSchema, { tenant: "local", roles: [...new Set(roles)].sort(), keyId: "anonymous" });
}

function refused(message: string): AdmissionError {
  return new AdmissionError("unauthenticated", message);
}
