import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { AdmissionError } from "./admission-error.ts";
import { hashKey, mintKey } from "./api-key.ts";
import { type Credentials, createIdentifier, type Identifier } from "./identifier.ts";
import { identitySettingsSchema } from "./identity-settings.ts";
import { createKey, listKeys, revokeKey, rotateKey } from "./key-file.ts";

const folder = mkdtempSync(join(tmpdir(), "pointsman-identity-"));
const { signal } = new AbortController();
const open: Identifier[] = [];
afterEach(() => {
  for (const identifier of open.splice(0)) identifier.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function identifierOf(settings: unknown, now: () => number = Date.now): Identifier {
  const identifier = createIdentifier(identitySettingsSchema.parse(settings), { now });
  open.push(identifier);
  return identifier;
}

async function refusal(identifier: Identifier, credentials: Credentials): Promise<AdmissionError> {
  const error: unknown = await identifier.identify(credentials, signal).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AdmissionError);
  return error as AdmissionError;
}

describe("keys of the settings", () => {
  const key = mintKey("k1");
  const settings = {
    keys: [{ id: "k1", key, tenant: "acme", app: "billing", roles: ["auditor", "caller"] }],
  };

  it("are accepted in both headers and name the caller", async () => {
    const identifier = identifierOf(settings);
    const caller = await identifier.identify({ authorization: `Bearer ${key}`, loopback: false }, signal);
    expect(caller).toMatchObject({
      tenant: "acme",
      app: "billing",
      user: "",
      roles: ["auditor", "caller"],
      keyId: "k1",
    });
    expect(await identifier.identify({ apiKeyHeader: key, loopback: false }, signal)).toBe(caller);
  });

  it("name a user by a keyed hash where the settings say so: one for each tenant and user", async () => {
    const others = { ...settings.keys[0], user: "ann@example.org" };
    const [same, stranger] = [mintKey("k2"), mintKey("k3")];
    const identifier = identifierOf({
      keys: [
        others,
        { ...others, id: "k2", key: same },
        { ...others, id: "k3", key: stranger, tenant: "other" },
      ],
      user_hash_key: "sixteen letters or more",
    });
    const find = (secret: string) => identifier.identify({ apiKeyHeader: secret, loopback: false }, signal);
    const caller = await find(key);
    expect(caller).toMatchObject({ tenant: "acme", app: "billing", keyId: "k1" });
    expect(caller.user).toMatch(/^u_[0-9a-f]{32}$/);
    expect((await find(same)).user).toBe(caller.user);
    expect((await find(stranger)).user).not.toBe(caller.user);
    expect(await find(key)).toBe(caller);
  });

  it("may be given as hashes only", async () => {
    const identifier = identifierOf({ keys: [{ id: "k1", hash: hashKey(key), tenant: "acme" }] });
    expect((await identifier.identify({ apiKeyHeader: key, loopback: false }, signal)).tenant).toBe("acme");
  });

  it("are refused when wrong, and the refusal holds nothing of them", async () => {
    const identifier = identifierOf(settings);
    for (const wrong of [`${key}x`, key.slice(0, -1), mintKey("k1"), mintKey("k2"), "pm_k1_", "nonsense"]) {
      const error = await refusal(identifier, { authorization: `Bearer ${wrong}`, loopback: true });
      expect(error.kind).toBe("unauthenticated");
      expect(JSON.stringify([error.message, error.details, error.stack])).not.toContain(wrong);
    }
  });

  it("end when they expire", async () => {
    let now = Date.parse("2026-11-24T00:00:00Z");
    const identifier = identifierOf(
      { keys: [{ id: "k1", key, tenant: "acme", expires: "2026-11-25T00:00:00Z" }] },
      () => now,
    );
    await identifier.identify({ apiKeyHeader: key, loopback: false }, signal);
    now += 86_400_000;
    expect((await refusal(identifier, { apiKeyHeader: key, loopback: false })).kind).toBe("unauthenticated");
  });

  it("must carry their id and a secret that cannot be guessed", () => {
    for (const bad of ["pm_k1_short", mintKey("other"), "sk-whatever"]) {
      const result = identitySettingsSchema.safeParse({ keys: [{ id: "k1", key: bad, tenant: "acme" }] });
      expect(result.error?.issues[0]?.path).toEqual(["keys", 0, "key"]);
      expect(result.error?.message).not.toContain(bad.slice(6));
    }
  });
});

describe("callers without a credential", () => {
  it("are let in on the loopback interface only, with all roles", async () => {
    const identifier = identifierOf({});
    expect(await identifier.identify({ loopback: true }, signal)).toMatchObject({
      tenant: "local",
      roles: ["auditor", "caller", "operator"],
      keyId: "anonymous",
    });
    expect((await refusal(identifier, { loopback: false })).kind).toBe("unauthenticated");
  });

  it("follow the settings", async () => {
    const always = identifierOf({ anonymous: "always" });
    expect((await always.identify({ loopback: false }, signal)).roles).toEqual(["caller"]);
    expect((await refusal(identifierOf({ anonymous: "never" }), { loopback: true })).kind).toBe(
      "unauthenticated",
    );
  });

  it("may send any key where there is none to know, and may not where there is", async () => {
    const dummy = { authorization: "Bearer none", loopback: true };
    expect((await identifierOf({}).identify(dummy, signal)).tenant).toBe("local");
    const known = identifierOf({ keys: [{ id: "k1", key: mintKey("k1"), tenant: "acme" }] });
    expect((await refusal(known, dummy)).kind).toBe("unauthenticated");
    expect((await known.identify({ loopback: true }, signal)).tenant).toBe("local");
  });
});

describe("keys of the file", () => {
  const now = Date.parse("2026-11-24T00:00:00Z");

  it("are stored as hashes, in a file that only its owner may read", () => {
    const path = join(folder, "stored.json");
    const { key, stored } = createKey(path, { tenant: "acme", roles: ["caller"] }, now);
    const text = readFileSync(path, "utf8");
    expect(text).not.toContain(key.slice(`pm_${stored.id}_`.length));
    expect(text).toContain(stored.id);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(listKeys(path).map(({ id }) => id)).toEqual([stored.id]);
    expect(() => createKey(path, { id: stored.id, tenant: "b" }, now)).toThrow(AdmissionError);
  });

  it("work within seconds after they were made, rotated and revoked, without a restart", async () => {
    const path = join(folder, "watched.json");
    const identifier = identifierOf({ key_file: path });
    const { key, stored } = createKey(path, { tenant: "acme", app: "a" }, Date.now());
    const accepted = async (text: string): Promise<boolean> =>
      (await identifier.identify({ apiKeyHeader: text, loopback: true }, signal).catch(() => undefined))
        ?.keyId === stored.id;
    await expect.poll(() => accepted(key)).toBe(true);
    const rotated = rotateKey(path, stored.id, Date.now(), 60_000);
    await expect.poll(() => accepted(rotated.key)).toBe(true);
    expect(await accepted(key)).toBe(true);
    const hard = rotateKey(path, stored.id, Date.now(), 0);
    await expect.poll(() => accepted(hard.key)).toBe(true);
    expect(await accepted(key)).toBe(false);
    expect(await accepted(rotated.key)).toBe(false);
    revokeKey(path, stored.id, Date.now());
    await expect.poll(() => accepted(hard.key)).toBe(false);
    expect(() => rotateKey(path, stored.id, Date.now(), 0)).toThrow("revoked");
  });

  it("cannot be used in another form, and say so", () => {
    const path = join(folder, "broken.json");
    createKey(path, { tenant: "acme" }, now);
    expect(() => revokeKey(path, "unknown", now)).toThrow("no key");
    expect(() => listKeys(folder)).toThrow(AdmissionError);
  });
});

describe("client certificates", () => {
  const settings = {
    anonymous: "never",
    certificates: [
      { id: "billing", alternative_name: "URI:spiffe://acme/*", tenant: "acme", app: "billing" },
      { id: "ops", subject: "O=Acme,CN=ops", tenant: "acme", roles: ["operator"] },
    ],
  };

  it("name their caller by subject or alternative name", async () => {
    const identifier = identifierOf(settings);
    const by = (subject: string, ...subjectAltNames: string[]) =>
      identifier.identify({ peerCertificate: { subject, subjectAltNames }, loopback: false }, signal);
    expect(await by("CN=x", "DNS:x", "URI:spiffe://acme/billing")).toMatchObject({
      keyId: "certificate:billing",
    });
    expect((await by("O=Acme,CN=ops")).roles).toEqual(["operator"]);
    await expect(by("CN=ops")).rejects.toThrow(AdmissionError);
    await expect(by("CN=x", 'URI:spiffe://acme/billing"')).rejects.toThrow(AdmissionError);
  });
});

describe("tokens", () => {
  let server: Server;
  let url: string;
  let served: unknown[] = [];
  let fetched = 0;
  beforeAll(async () => {
    server = createServer((_request, response) => {
      fetched++;
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ keys: served }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    url = `http://127.0.0.1:${address && typeof address === "object" ? address.port : 0}/jwks`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const pair = async (kid: string) => {
    const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
    return { jwk: { ...(await exportJWK(publicKey)), kid, alg: "ES256" }, privateKey, kid };
  };
  const sign = (
    from: Awaited<ReturnType<typeof pair>>,
    claims: Record<string, unknown>,
    issuer = "https://id.example",
  ) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: "ES256", kid: from.kid })
      .setIssuer(issuer)
      .setAudience("pointsman")
      .setSubject("ada")
      .setExpirationTime("5m")
      .sign(from.privateKey);
  const settingsOf = (more: object = {}) => ({
    anonymous: "never",
    jwt: [{ issuer: "https://id.example", audience: "pointsman", jwks_url: url, ...more }],
  });

  it("name tenant, app, user and roles by their claims", async () => {
    const own = await pair("one");
    served = [own.jwk];
    const identifier = identifierOf(settingsOf({ claims: { tenant: "org.name", roles: "realm.roles" } }));
    const token = await sign(own, {
      org: { name: "acme" },
      azp: "app1",
      realm: { roles: ["auditor", "unknown"] },
    });
    const caller = await identifier.identify({ authorization: `Bearer ${token}`, loopback: false }, signal);
    expect(caller).toMatchObject({
      tenant: "acme",
      app: "app1",
      user: "ada",
      roles: ["auditor"],
      keyId: "jwt:ada",
    });
    const before = fetched;
    expect(await identifier.identify({ authorization: `bearer ${token}`, loopback: false }, signal)).toBe(
      caller,
    );
    expect(fetched).toBe(before);
  });

  it("are refused for every reason there is", async () => {
    const [own, other] = [await pair("one"), await pair("one")];
    served = [own.jwk];
    const identifier = identifierOf(settingsOf());
    const bad = [
      await sign(other, { tenant: "acme" }),
      await sign(own, { tenant: "acme" }, "https://evil.example"),
      await sign(own, {}),
      await new SignJWT({ tenant: "acme" })
        .setProtectedHeader({ alg: "ES256", kid: "one" })
        .setIssuer("https://id.example")
        .setAudience("another")
        .setSubject("ada")
        .setExpirationTime("5m")
        .sign(own.privateKey),
      await new SignJWT({ tenant: "acme" })
        .setProtectedHeader({ alg: "ES256", kid: "one" })
        .setIssuer("https://id.example")
        .setAudience("pointsman")
        .setSubject("ada")
        .setExpirationTime("-5m")
        .sign(own.privateKey),
      await new SignJWT({ tenant: "acme" })
        .setProtectedHeader({ alg: "HS256" })
        .setIssuer("https://id.example")
        .setAudience("pointsman")
        .setSubject("ada")
        .setExpirationTime("5m")
        .sign(Buffer.from(JSON.stringify(own.jwk))),
      "e30.e30.e30",
      "x".repeat(20_000),
    ];
    for (const token of bad) {
      const error = await refusal(identifier, { authorization: `Bearer ${token}`, loopback: true });
      expect(error.kind).toBe("unauthenticated");
      expect(error.message).not.toContain(token);
    }
  });

  it("say that a retry helps where the issuer's keys cannot be fetched", async () => {
    const own = await pair("one");
    const identifier = identifierOf(settingsOf({ jwks_url: "http://127.0.0.1:9/jwks" }));
    const token = await sign(own, { tenant: "acme" });
    expect((await refusal(identifier, { authorization: `Bearer ${token}`, loopback: false })).retryable).toBe(
      true,
    );
  });

  it("accept no shared-secret algorithm and no plain http beyond this machine", () => {
    expect(identitySettingsSchema.safeParse(settingsOf({ algorithms: ["HS256"] })).success).toBe(false);
    expect(identitySettingsSchema.safeParse(settingsOf({ jwks_url: "http://id.example/jwks" })).success).toBe(
      false,
    );
  });
});
