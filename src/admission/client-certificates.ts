import { create } from "@bufbuild/protobuf";
import { type Caller, CallerSchema } from "#gen/pointsman/v1/facts_pb.ts";
import type { CertificateSettings } from "./identity-settings.ts";
import { matchesPattern } from "./scopes.ts";

/** A client certificate that TLS has verified. */
export interface PeerCertificate {
  /** All parts of the subject in their order, such as `C=DE,O=Acme,CN=billing`. */
  readonly subject: string;
  /** Such as `DNS:a.example` or `URI:spiffe://acme/billing`. */
  readonly subjectAltNames: readonly string[];
}

/** Finds whose certificate it is; the first entry that fits wins. Undefined where none does. */
export function createCertificateFinder(
  entries: readonly CertificateSettings[],
): (certificate: PeerCertificate) => Caller | undefined {
  const known = entries.map((entry) => ({
    entry,
    caller: create(CallerSchema, {
      tenant: entry.tenant,
      app: entry.app ?? "",
      user: entry.user ?? "",
      roles: [...new Set(entry.roles)].sort(),
      keyId: `certificate:${entry.id}`,
    }),
  }));
  return ({ subject, subjectAltNames }) => {
    // A name in quotes holds a comma or a quote, and may have been cut in two: it names nobody.
    const names = subjectAltNames.filter((name) => !name.includes('"'));
    return known.find(({ entry }) =>
      entry.alternative_name === undefined
        ? matchesPattern(entry.subject ?? "", subject)
        : names.some((name) => matchesPattern(entry.alternative_name ?? "", name)),
    )?.caller;
  };
}
