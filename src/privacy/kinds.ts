/** Every kind of secret that is recognised, most telling first: where two spans overlap, the earlier kind wins. */
export const secretKinds = [
  "private_key",
  "connection_string",
  "url_credentials",
  "aws_access_key",
  "aws_secret_key",
  "gcp_api_key",
  "gcp_oauth_token",
  "azure_key",
  "github_token",
  "gitlab_token",
  "slack_token",
  "slack_webhook",
  "stripe_key",
  "anthropic_key",
  "openai_key",
  "npm_token",
  "pypi_token",
  "vendor_token",
  "jwt",
  "bearer_token",
  "password",
  "generic_secret",
] as const;

/** Every kind of personal information that is recognised, most telling first. */
export const personalKinds = [
  "email",
  "iban",
  "payment_card",
  "national_id",
  "date_of_birth",
  "ip_address",
  "phone",
  "street_address",
  "person",
] as const;

/** A kind of private value. The name is what policy writes, what is counted, and (in capitals) what placeholders say. */
export type Kind = (typeof secretKinds)[number] | (typeof personalKinds)[number];

/** A word that policy may write in place of all secret kinds, all personal kinds, or both. */
export type KindGroup = "secrets" | "pii" | "all";

/** All kinds in order of precedence. */
export const allKinds: readonly Kind[] = [...secretKinds, ...personalKinds];

const groups: Readonly<Record<KindGroup, readonly Kind[]>> = {
  secrets: secretKinds,
  pii: personalKinds,
  all: allKinds,
};

const precedence: ReadonlyMap<string, number> = new Map(allKinds.map((kind, index) => [kind, index]));

/** Where a kind stands in the order of precedence; 0 wins over everything. */
export function kindPrecedence(kind: Kind): number {
  return precedence.get(kind)!;
}

/** Whether a name is one kind (a group is not). */
export function isKind(name: string): name is Kind {
  return precedence.has(name);
}

/** Whether a kind is a secret: secrets are never stored, whatever policy says. */
export function isSecretKind(kind: Kind): boolean {
  return precedence.get(kind)! < secretKinds.length;
}

/** The kinds that a name stands for: itself, the members of its group, or undefined if nobody knows the name. */
export function expandKind(name: string): readonly Kind[] | undefined {
  if (isKind(name)) return [name];
  return Object.hasOwn(groups, name) ? groups[name as KindGroup] : undefined;
}
