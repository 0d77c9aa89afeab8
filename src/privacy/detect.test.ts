import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { detect, tryDetect } from "./detect.ts";
import type { Detector } from "./detector.ts";
import { PrivacyError } from "./privacy-error.ts";

// Put together from pieces, so that scanners of source code do not take them for real ones.
const random = (length: number, alphabet = "aB3dE5fG7hJ9kLmN2pQ4rS6tU8vWxYz") =>
  Array.from({ length }, (_, index) => alphabet[(index * 7 + (index >> 3)) % alphabet.length]).join("");
const pieces = (...parts: string[]) => parts.join("");

const found: [kind: string, value: string, before?: string][] = [
  ["aws_access_key", pieces("AK", "IA", random(16, "ABCDEFGHIJKLMNOPQRST234567"))],
  ["gcp_api_key", pieces("AI", "za", random(35))],
  ["github_token", pieces("gh", "p_", random(36))],
  ["github_token", pieces("github", "_pat_", random(82))],
  ["gitlab_token", pieces("glp", "at-", random(20))],
  ["slack_token", pieces("xo", "xb-", "123456789012-", random(24))],
  ["stripe_key", pieces("sk_", "live_", random(24))],
  ["openai_key", pieces("sk", "-proj-", random(48))],
  ["anthropic_key", pieces("sk", "-ant-", "api03-", random(93))],
  ["npm_token", pieces("np", "m_", random(36))],
  ["pypi_token", pieces("py", "pi-", random(160))],
  ["vendor_token", pieces("h", "f_", random(34))],
  ["vendor_token", pieces("S", "G.", random(22), ".", random(43))],
  ["jwt", pieces("ey", "J", random(30), ".ey", "J", random(60), ".", random(43))],
  ["password", "hunter2!x", "password: "],
  ["password", "Tr0ub4dor", 'DB_PASSWORD="'],
  ["password", "Winter2024", "the password is "],
  ["generic_secret", random(32), "api_key = "],
  ["generic_secret", random(40), '"client_secret": "'],
  ["bearer_token", random(32), "Authorization: Bearer "],
  ["aws_secret_key", random(40), "aws_secret_access_key="],
  ["azure_key", `${random(86)}==`, "AccountKey="],
  ["connection_string", "p4ssW0rdX", "postgres://admin:"],
  ["email", "ann.o'neil+news@mail.example.org"],
  ["iban", "GB82 WEST 1234 5698 7654 32"],
  ["iban", "DE89370400440532013000"],
  ["payment_card", "4111 1111 1111 1111"],
  ["payment_card", "378282246310005"],
  ["phone", "+44 20 7946 0958"],
  ["phone", "(415) 555-2671"],
  ["phone", "06 12 34 56 78"],
  ["ip_address", "203.0.113.77"],
  ["ip_address", "2001:db8:85a3::8a2e:370:7334"],
  ["date_of_birth", "12 March 1980", "She was born on "],
  ["date_of_birth", "1980-03-12", "DOB: "],
  ["street_address", "221B Baker Street"],
  ["street_address", "Friedrichstraße 43"],
  ["street_address", "12 rue de la Paix"],
  ["person", "Krisztina Kovács", "My name is "],
  ["person", "Weber", "Please ask Dr. "],
  ["person", "Angela Martin", "Then "],
  ["national_id", "536-90-4399"],
  ["national_id", "12345678Z"],
  ["national_id", "RCCMNL83S18D969H"],
  ["national_id", "85.07.30-033.28"],
  ["national_id", "131052-308T"],
  ["national_id", "390.533.447-05"],
  ["national_id", "2341 2341 2346"],
  ["national_id", "756.9217.0769.85"],
  ["national_id", "44051401359", "PESEL "],
  ["national_id", "111222333", "BSN: "],
  ["national_id", "S1234567D"],
];

describe("detect", () => {
  it.each(found)("finds %s %s", (kind, value, before = "It says ") => {
    const after = before.startsWith("postgres")
      ? "@db.internal/app"
      : before.endsWith('"')
        ? '", done'
        : " as you know";
    const text = `${before}${value}${after}`;
    const spans = detect(text);
    const wanted = { start: before.length, end: before.length + value.length, kind };
    expect(spans).toContainEqual(expect.objectContaining(wanted));
  });

  it.each([
    ["a commit", "commit cd96e713b1dcf3ef28e15d00be7889a6f575aca3"],
    ["a UUID", "id a07ec63d-f54d-435c-a306-0d5fdf8c7415"],
    ["a stand-in", "api_key=YOUR_API_KEY and password: <password>, or sk-xxxxxxxxxxxxxxxx"],
    ["an image", "data:image/png;base64,Q2Rt32uagnREeHYzoKtnH3pfTvFDopSRYrB/DIF+zDTG1HD8PFhJMwd3gNVQIFiQISF"],
    ["an order number", "Explain this error: auth failed for order no. 4093642842"],
    [
      "code",
      "password = getpass.getpass()\ntoken = tokenizer.next()\nself.password = password\nmax_tokens: 4096",
    ],
    ["a documented connection", "postgres://user:password@localhost/db"],
    ["a card with a wrong check digit", "4111 1111 1111 1112"],
    ["a version", "version 1.2.3.4 on 127.0.0.1"],
    ["arithmetic", "What is 1234567 * 7654321 and 3.14159265358979? 2 + 2 = 4; 10/12/2024"],
    ["a repository", "git clone git@github.com:owner/repository.git"],
    ["a namespace", "std::vector<int>::iterator a::b::c"],
    ["a sentence", "The password must be changed: please reset it. Write an essay about May and Hope."],
  ])("leaves %s alone", (_, text) => {
    expect(detect(text)).toEqual([]);
  });

  it("finds a private key, cut short or written with escaped line ends", () => {
    const begin = pieces("-----BEGIN RSA ", "PRIVATE KEY-----");
    const end = pieces("-----END RSA ", "PRIVATE KEY-----");
    const whole = `${begin}\n${random(64)}\n${random(64)}\n${end}`;
    expect(detect(`key: ${whole} ok`)).toMatchObject([
      { start: 5, end: 5 + whole.length, kind: "private_key" },
    ]);
    const cut = `${begin}\\n${random(64)}\\n${random(20)}`;
    expect(detect(cut)).toMatchObject([{ start: 0, end: cut.length, kind: "private_key" }]);
  });

  it("reports spans in order, inside the text, and never overlapping, whatever the text", () => {
    const fragments = fc.constantFrom(
      ...found.map(([, value, before]) => `${before ?? ""}${value}`),
      " ",
      "\n",
      ":",
      "@",
      "[",
      "://",
    );
    const texts = fc
      .array(fc.oneof(fragments, fc.string({ unit: "grapheme" })))
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(texts, (text) => {
        let last = 0;
        for (const { start, end, confidence } of detect(text)) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(text.length);
          expect(confidence).toBeGreaterThanOrEqual(0.5);
          last = end;
        }
      }),
      { numRuns: 300 },
    );
  });

  it("takes only the kinds wanted", () => {
    const text = "ann@example.org at 203.0.113.77";
    expect(detect(text, { kinds: new Set(["ip_address"]) })).toMatchObject([{ kind: "ip_address" }]);
  });

  it("reports a detector that throws, and one that takes too long, beside what the others found", () => {
    const broken: Detector = {
      name: "broken",
      kinds: ["phone"],
      run: () => {
        throw new Error("broken");
      },
    };
    const endless: Detector = {
      name: "endless",
      kinds: ["iban"],
      run: (_, __, tick) => {
        for (;;) tick();
      },
    };
    const fine: Detector = { name: "fine", kinds: ["email"], run: (_, emit) => emit(0, 1, "email", 1) };
    let time = 0;
    const options = { detectors: [broken, endless, fine], now: () => time++, timeLimitMilliseconds: 10 };
    const { found: spans, failures } = tryDetect("x", options);
    expect(spans).toMatchObject([{ kind: "email" }]);
    expect(failures).toMatchObject([
      { detector: "broken", reason: "failed" },
      { detector: "endless", reason: "timeout" },
    ]);
    expect(() => detect("x", options)).toThrow(PrivacyError);
  });
});
