import type { Kind } from "../../src/privacy/kinds.ts";

const kinds: Readonly<Record<string, Kind>> = {
  PERSON: "person",
  STREET_ADDRESS: "street_address",
  CREDIT_CARD: "payment_card",
  PHONE_NUMBER: "phone",
  EMAIL_ADDRESS: "email",
  IBAN_CODE: "iban",
  IP_ADDRESS: "ip_address",
  US_SSN: "national_id",
  US_DRIVER_LICENSE: "national_id",
  private_key: "private_key",
  aws_access_key: "aws_access_key",
  aws_secret: "aws_secret_key",
  gitlab_pat: "gitlab_token",
  openai_like: "openai_key",
  github_pat: "github_token",
  google_api: "gcp_api_key",
  stripe: "stripe_key",
  jwt: "jwt",
  slack_bot: "slack_token",
  basic_url: "connection_string",
  password_kv: "password",
};

/** The kind that a type of the data sets stands for; undefined for types that are not private by themselves. */
export function kindOfGoldType(type: string): Kind | undefined {
  return kinds[type];
}

/** Types of the data that a finding of a kind may overlap without being wrong: a town is part of an address. */
export const compatibleTypes: Partial<Record<Kind, readonly string[]>> = {
  street_address: ["ZIP_CODE", "GPE"],
  date_of_birth: ["DATE_TIME"],
};
