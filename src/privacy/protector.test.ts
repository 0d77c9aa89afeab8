import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Action } from "./actions.ts";
import type { Detector } from "./detector.ts";
import { PrivacyError } from "./privacy-error.ts";
import { createProtector } from "./protector.ts";
import { scrub, scrubAll } from "./scrub.ts";

const key = new Uint8Array(32).fill(7);
const text = "Mail ann@example.org or bob@example.org, card 4111 1111 1111 1111; again ann@example.org.";
const everything = (action: Action) => [{ kinds: ["all"], action }];

describe("protector", () => {
  it("tokenises: the same value has the same placeholder in every text, and the answer has the value", () => {
    const protector = createProtector(everything("tokenise"));
    const first = protector.protect(text);
    expect(first.text).toBe("Mail [EMAIL_1] or [EMAIL_2], card [PAYMENT_CARD_1]; again [EMAIL_1].");
    expect(first.counts).toEqual({ email: 3, payment_card: 1 });
    expect(protector.protect("Only bob@example.org").text).toBe("Only [EMAIL_2]");
    expect(protector.restore("Write to [EMAIL_2], not [EMAIL_9].")).toBe(
      "Write to bob@example.org, not [EMAIL_9].",
    );
  });

  it("redacts for good", () => {
    const protector = createProtector(everything("redact"));
    expect(protector.protect(text).text).toBe("Mail [EMAIL] or [EMAIL], card [PAYMENT_CARD]; again [EMAIL].");
    expect(protector.restore("[EMAIL]")).toBe("[EMAIL]");
  });

  it("hashes: equal within a tenant, different between tenants and keys", () => {
    const hash = (tenant: string, hashKey: Uint8Array) =>
      createProtector(everything("hash"), { hashKey, tenant }).protect("ann@example.org").text;
    expect(hash("a", key)).toMatch(/^\[EMAIL:[0-9a-f]{16}\]$/);
    expect(hash("a", key)).toBe(hash("a", key));
    expect(hash("b", key)).not.toBe(hash("a", key));
    expect(hash("a", new Uint8Array(32))).not.toBe(hash("a", key));
  });

  it("refuses to hash without a key, and rules for kinds that nobody knows", () => {
    expect(() => createProtector(everything("hash"))).toThrow(PrivacyError);
    expect(() => createProtector([{ kinds: ["e-mail"], action: "redact" }])).toThrow(
      'There is no kind or group "e-mail".',
    );
  });

  it("blocks: says which kinds, and hides them all the same", () => {
    const protector = createProtector([
      { kinds: ["payment_card"], action: "block" },
      { kinds: ["pii"], action: "allow" },
    ]);
    const { text: output, blockedKinds } = protector.protect(text);
    expect(blockedKinds).toEqual(["payment_card"]);
    expect(output).toBe(
      "Mail ann@example.org or bob@example.org, card [PAYMENT_CARD]; again ann@example.org.",
    );
  });

  it("prefers the rule that names the kind, and among equals the stricter", () => {
    const rules = [
      { kinds: ["all"], action: "block" },
      { kinds: ["pii"], action: "redact" },
      { kinds: ["email"], action: "tokenise" },
      { kinds: ["email"], action: "allow" },
    ] as const;
    expect(createProtector(rules).protect(text).text).toContain("[EMAIL_1]");
    expect(createProtector(rules).protect(text).text).toContain("[PAYMENT_CARD]");
  });

  it("finds a value again where nothing around it gives it away", () => {
    const protector = createProtector(everything("tokenise"));
    const protectedText = protector.protect(
      "password: Zx9kQw77!\nI typed Zx9kQw77! twice, but not aZx9kQw77!b.",
    ).text;
    expect(protectedText).toBe("password: [PASSWORD_1]\nI typed [PASSWORD_1] twice, but not aZx9kQw77!b.");
  });

  it("fails closed for a critical kind, and goes on for others while saying so", () => {
    const broken: Detector = {
      name: "broken",
      kinds: ["phone"],
      run: () => {
        throw new Error("broken");
      },
    };
    const detect = { detectors: [broken] };
    const critical = createProtector([{ kinds: ["phone"], action: "tokenise", critical: true }], { detect });
    expect(() => critical.protect("x")).toThrow(
      expect.objectContaining({ kind: "detector_failed", privateKinds: ["phone"] }),
    );
    const allowedButCritical = createProtector([{ kinds: ["phone"], action: "allow", critical: true }], {
      detect,
    });
    expect(() => allowedButCritical.protect("x")).toThrow(PrivacyError);
    const relaxed = createProtector([{ kinds: ["phone"], action: "tokenise" }], { detect });
    expect(relaxed.protect("x")).toMatchObject({ text: "x", undecidedKinds: ["phone"] });
    const slow: Detector = {
      name: "slow",
      kinds: ["phone"],
      run: (_, __, tick) => {
        for (;;) tick();
      },
    };
    let time = 0;
    const timed = { detectors: [slow], now: () => time++, timeLimitMilliseconds: 5 };
    const timedOut = createProtector([{ kinds: ["phone"], action: "redact", critical: true }], {
      detect: timed,
    });
    expect(() => timedOut.protect("x")).toThrow(expect.objectContaining({ kind: "detector_timeout" }));
  });

  it("bounds the text and the number of values", () => {
    const small = createProtector(everything("tokenise"), { longestText: 10, mostValues: 1 });
    expect(() => small.protect("x".repeat(11))).toThrow(expect.objectContaining({ kind: "text_too_long" }));
    const few = createProtector(everything("tokenise"), { mostValues: 1 });
    expect(() => few.protect(text)).toThrow(expect.objectContaining({ kind: "too_many_values" }));
  });
});

const values = [
  "ann@example.org",
  "4111 1111 1111 1111",
  "203.0.113.77",
  "[EMAIL_1]",
  "[LITERAL_1]",
  "[PAYMENT_CARD_2]",
  "GB82 WEST 1234 5698 7654 32",
];
const pieces = fc.oneof(
  fc.constantFrom(
    ...values,
    "[",
    "]",
    "[EMAIL_",
    "1]",
    "EMAIL_1",
    " ",
    "\n",
    '"',
    "\\",
    "password: Zx9kQw77!",
  ),
  fc.string({ unit: "grapheme" }),
);
const texts = fc.array(pieces, { maxLength: 20 }).map((parts) => parts.join(" "));
const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 50 });

function chunksOf(whole: string, sizes: readonly number[]): string[] {
  const chunks: string[] = [];
  for (let at = 0, index = 0; at < whole.length; index++) {
    const size = sizes[index % sizes.length]!;
    chunks.push(whole.slice(at, at + size));
    at += size;
  }
  return chunks;
}

describe("restoring", () => {
  it("gives back every byte of what was protected, placeholders in the original included", () => {
    fc.assert(
      fc.property(fc.array(texts, { maxLength: 4 }), (all) => {
        const protector = createProtector(everything("tokenise"));
        const outputs = all.map((one) => protector.protect(one).text);
        expect(outputs.map((output) => protector.restore(output))).toEqual(all);
      }),
      { numRuns: 300 },
    );
  });

  it("is the same in a stream, however it is cut, in text and in JSON", () => {
    fc.assert(
      fc.property(texts, cuts, fc.constantFrom("text", "json"), (one, sizes, format) => {
        const protector = createProtector(everything("tokenise"));
        const output = protector.protect(one).text;
        const restorer = protector.restorer(format);
        const restored = chunksOf(output, sizes).map((chunk) => restorer.push(chunk));
        expect(restored.join("") + restorer.end()).toBe(protector.restore(output, format));
      }),
      { numRuns: 300 },
    );
  });

  it("holds back no more than a placeholder could be long", () => {
    const protector = createProtector(everything("tokenise"));
    protector.protect("ann@example.org");
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("[", "E", "MAIL_", "1", "]", "x") }),
        cuts,
        (one, sizes) => {
          const restorer = protector.restorer();
          let pushed = 0;
          let returned = 0;
          for (const chunk of chunksOf(one, sizes)) {
            pushed += chunk.length;
            const piece = restorer.push(chunk);
            returned += piece.replaceAll("ann@example.org", "[EMAIL_1]").length;
            expect(pushed - returned).toBeLessThanOrEqual(40);
          }
        },
      ),
    );
  });

  it("escapes values inside JSON, so that arguments stay JSON", () => {
    const protector = createProtector(everything("tokenise"));
    const { text: output } = protector.protect('password: "Zx9\\kQw77"');
    const argumentsText = `{"value":"${output.match(/\[PASSWORD_1\]/)?.[0]}"}`;
    expect(JSON.parse(protector.restore(argumentsText, "json"))).toEqual({ value: "Zx9\\kQw77" });
  });
});

describe("scrub", () => {
  it("takes secrets out whatever policy says, and personal data where asked", () => {
    const secret = ["gh", "p_", "aB3dE5fG7hJ9kLmN2pQ4rS6tU8vWxYz1aB3d"].join("");
    expect(scrub(`ann@example.org has ${secret}`)).toBe("ann@example.org has [GITHUB_TOKEN]");
    expect(scrubAll(`ann@example.org has ${secret}`)).toBe("[EMAIL] has [GITHUB_TOKEN]");
    expect(scrub("nothing here")).toBe("nothing here");
    expect(scrub("open sesame", "password")).toBe("[PASSWORD]");
  });
});
