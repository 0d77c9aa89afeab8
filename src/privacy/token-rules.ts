import type { Kind } from "./kinds.ts";

/** How a vendor's token looks: a fixed prefix, then a body of bounded length. */
export type TokenRule = {
  readonly prefix: string;
  readonly kind: Kind;
  /** What may follow the prefix. Sticky, bounded, one class at a time: never able to backtrack far. */
  readonly body: RegExp;
};

const alphanumeric = "[A-Za-z0-9]";
const urlSafe = "[A-Za-z0-9_-]";

/**
 * Prefixes that vendors publish so that scanners can find their tokens. Where two prefixes fit, the longer is tried
 * first, so `sk-ant-` is Anthropic's and not OpenAI's.
 */
export const tokenRules: readonly TokenRule[] = [
  ...["AKIA", "ASIA", "ABIA", "ACCA", "A3T"].map((prefix) =>
    rule(prefix, "aws_access_key", "[A-Z0-9]", 20 - prefix.length, 20 - prefix.length),
  ),
  rule("AIza", "gcp_api_key", urlSafe, 32, 41),
  rule("ya29.", "gcp_oauth_token", "[A-Za-z0-9_.-]", 20, 2048),
  rule("GOCSPX-", "gcp_oauth_token", urlSafe, 20, 40),
  ...["ghp_", "gho_", "ghu_", "ghs_", "ghr_"].map((prefix) =>
    rule(prefix, "github_token", alphanumeric, 30, 255),
  ),
  rule("github_pat_", "github_token", "[A-Za-z0-9_]", 50, 255),
  ...["glpat-", "gldt-", "glrt-", "glft-", "glsoat-", "glptt-", "glcbt-", "glagent-", "gloas-"].map(
    (prefix) => rule(prefix, "gitlab_token", "[A-Za-z0-9_.-]", 20, 255),
  ),
  ...["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xoxe.xoxp-", "xapp-"].map((prefix) =>
    rule(prefix, "slack_token", "[A-Za-z0-9-]", 12, 255),
  ),
  ...["sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_"].map((prefix) =>
    rule(prefix, "stripe_key", "[A-Za-z0-9]", 16, 255),
  ),
  rule("sk-ant-", "anthropic_key", urlSafe, 20, 255),
  rule("sk-", "openai_key", urlSafe, 20, 255),
  rule("npm_", "npm_token", alphanumeric, 30, 64),
  rule("pypi-", "pypi_token", urlSafe, 50, 512),
  ...vendorRules([
    ["hf_", alphanumeric, 30, 64], // Hugging Face
    ["gsk_", alphanumeric, 40, 80], // Groq
    ["r8_", alphanumeric, 30, 64], // Replicate
    ["xai-", alphanumeric, 40, 128], // xAI
    ["pplx-", alphanumeric, 40, 64], // Perplexity
    ["nvapi-", urlSafe, 40, 128], // NVIDIA
    ["SG.", "[A-Za-z0-9_.-]", 40, 80], // SendGrid
    ["SK", "[0-9a-f]", 32, 32], // Twilio
    ["AC", "[0-9a-f]", 32, 32], // Twilio
    ["key-", "[0-9a-f]", 32, 32], // Mailgun
    ["dop_v1_", "[0-9a-f]", 64, 64], // DigitalOcean
    ["doo_v1_", "[0-9a-f]", 64, 64],
    ["shpat_", "[0-9a-fA-F]", 32, 32], // Shopify
    ["shpss_", "[0-9a-fA-F]", 32, 32],
    ["shpca_", "[0-9a-fA-F]", 32, 32],
    ["dapi", "[0-9a-f]", 32, 36], // Databricks
    ["dp.pt.", alphanumeric, 40, 50], // Doppler
    ["hvs.", urlSafe, 24, 255], // HashiCorp Vault
    ["hvb.", urlSafe, 24, 255],
    ["lin_api_", alphanumeric, 32, 64], // Linear
    ["ntn_", alphanumeric, 40, 64], // Notion
    ["secret_", alphanumeric, 40, 64],
    ["figd_", urlSafe, 36, 64], // Figma
    ["PMAK-", "[a-f0-9-]", 50, 64], // Postman
    ["rubygems_", "[a-f0-9]", 48, 48], // RubyGems
    ["dckr_pat_", urlSafe, 24, 64], // Docker
    ["pul-", "[a-f0-9]", 40, 40], // Pulumi
    ["sntrys_", "[A-Za-z0-9_=+/]", 40, 512], // Sentry
    ["sntryu_", "[a-f0-9]", 60, 70],
    ["glc_", "[A-Za-z0-9+/=]", 40, 400], // Grafana
    ["glsa_", "[A-Za-z0-9_]", 40, 64],
    ["NRAK-", "[A-Z0-9]", 27, 27], // New Relic
    ["ATATT3", "[A-Za-z0-9_=-]", 60, 255], // Atlassian
    ["EAAC", alphanumeric, 60, 400], // Facebook
    ["sq0atp-", urlSafe, 22, 22], // Square
    ["sq0csp-", urlSafe, 43, 43],
    ["AGE-SECRET-KEY-1", "[A-Z0-9]", 58, 58], // age
  ]),
];

function vendorRules(rows: readonly (readonly [string, string, number, number])[]): TokenRule[] {
  return rows.map(([prefix, characters, shortest, longest]) =>
    rule(prefix, "vendor_token", characters, shortest, longest),
  );
}

function rule(prefix: string, kind: Kind, characters: string, shortest: number, longest: number): TokenRule {
  return { prefix, kind, body: new RegExp(`${characters}{${shortest},${longest}}(?![A-Za-z0-9])`, "y") };
}
