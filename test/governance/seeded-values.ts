import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { isSecretKind, type Kind } from "../../src/privacy/kinds.ts";
import { kindOfGoldType } from "../privacy/gold-types.ts";

/** A prompt with the private values that were put into it on purpose. */
export interface SeededPrompt {
  readonly text: string;
  readonly secrets: readonly string[];
  readonly personal: readonly string[];
  /** One of them that is recognised where it stands alone, for a label. If not set, the request has none. */
  readonly label?: string;
}

/** Kinds whose every value in the data sets is found, as docs/privacy.md measures; the others are not promised. */
const FOUND_ALWAYS: ReadonlySet<Kind> = new Set<Kind>([
  "email",
  "iban",
  "payment_card",
  "national_id",
  "ip_address",
  "private_key",
  "aws_access_key",
  "aws_secret_key",
  "gitlab_token",
  "openai_key",
  "github_token",
  "gcp_api_key",
  "stripe_key",
  "jwt",
  "slack_token",
  "connection_string",
]);

/** Shorter values could stand in a file by chance. */
const SHORTEST = 7;

/** The data's folder: POINTSMAN_DATA_FOLDER, or `shared/data` beside the repository. Undefined where it is absent. */
export function findDataFolder(): string | undefined {
  const root = new URL("../..", import.meta.url).pathname;
  const folder = process.env.POINTSMAN_DATA_FOLDER ?? join(root, "../shared/data");
  return existsSync(join(folder, "risk")) ? folder : undefined;
}

/** All prompts of the data sets of secrets and of personal data. */
export function readSeededPrompts(folder: string): SeededPrompt[] {
  return readdirSync(join(folder, "risk"))
    .filter((name) => /^(secrets|pii)_.*\.jsonl\.gz$/.test(name))
    .flatMap((name) =>
      gunzipSync(readFileSync(join(folder, "risk", name)))
        .toString("utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => toSeeded(JSON.parse(line) as { prompt: string; spans?: [number, number, string][] })),
    );
}

function toSeeded({
  prompt,
  spans = [],
}: {
  prompt: string;
  spans?: [number, number, string][];
}): SeededPrompt {
  // Positions in the data count code points.
  const points = Array.from(prompt);
  const secrets: string[] = [];
  const personal: string[] = [];
  for (const [start, end, type] of spans) {
    const kind = kindOfGoldType(type);
    if (kind === undefined || !FOUND_ALWAYS.has(kind)) continue;
    const value = privatePart(points.slice(start, end).join(""), type);
    if (value.length >= SHORTEST) (isSecretKind(kind) ? secrets : personal).push(value);
  }
  return { text: prompt, secrets, personal };
}

/** Of `name = value` the value, of an address with credentials the password. */
function privatePart(text: string, type: string): string {
  if (type === "aws_secret") return text.replace(/^\w+\s*[:=]\s*/, "");
  if (type === "basic_url") return /:\/\/[^:]*:([^@]+)@/.exec(text)?.[1] ?? text;
  return text;
}

/** Prompts of our own, which need no data: many kinds, in plain words, in code, in JSON and in URLs. */
export function ownPrompts(): SeededPrompt[] {
  const prompts: SeededPrompt[] = [];
  const letters = (length: number, seed: number): string => {
    const alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";
    let state = seed * 2_654_435_761 + 1;
    let text = "";
    for (let index = 0; index < length; index++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      text += alphabet[(state >>> 8) % alphabet.length];
    }
    return text;
  };
  for (let index = 0; index < 12; index++) {
    const github = `ghp_${letters(36, index)}`;
    const stripe = `sk_live_${letters(24, index + 100)}`;
    const aws = `AKIA${letters(16, index + 200).toUpperCase()}`;
    const password = letters(14, index + 300);
    const email = `person${index}.${letters(6, index + 400).toLowerCase()}@mail${index}.example.org`;
    const card = ["4111111111111111", "5555555555554444", "378282246310005"][index % 3] as string;
    const iban = ["DE89370400440532013000", "GB29NWBK60161331926819", "FR1420041010050500013M02606"][
      index % 3
    ] as string;
    prompts.push(
      { text: `Why does git push with ${github} fail?`, secrets: [github], personal: [], label: github },
      {
        text: `{"stripe": "${stripe}", "note": "call ${email}"}`,
        secrets: [stripe],
        personal: [email],
        label: email,
      },
      {
        text: `export AWS_ACCESS_KEY_ID=${aws}\nRefund card ${card} of ${email}.`,
        secrets: [aws],
        personal: [card, email],
        label: card,
      },
      {
        text: `psql postgres://admin:${password}@db.example.org:5432/shop and pay ${iban} please`,
        secrets: [password],
        personal: [iban],
        label: iban,
      },
    );
  }
  return prompts;
}
