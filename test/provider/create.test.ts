import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createProvider } from "../../src/provider/create.ts";
import type { ProviderSettings } from "../../src/provider/settings.ts";
import { failureOf, makeCall } from "./calls.ts";
import { type ScriptedServer, sendJson, startScriptedServer } from "./scripted-server.ts";

describe("how a provider is reached", () => {
  let server: ScriptedServer;
  beforeAll(async () => {
    server = await startScriptedServer();
    server.script = (response) => sendJson(response, "{}", 500);
  });
  afterAll(() => server.close());

  async function ask(settings: Omit<ProviderSettings, "baseUrl">, path: string) {
    const provider = createProvider({ ...settings, baseUrl: server.url + path });
    await failureOf(provider, makeCall(false));
    await provider.close();
    const request = server.seen.at(-1);
    if (request === undefined) throw new Error("Nothing was sent.");
    return request;
  }

  test.each<[ProviderSettings["provider"], string, string]>([
    ["openai", "", "/v1/chat/completions"],
    ["openai", "/v1", "/v1/chat/completions"],
    ["openai", "/proxy/v1/", "/proxy/v1/chat/completions"],
    ["openai_compatible", "", "/v1/chat/completions"],
    ["groq", "", "/openai/v1/chat/completions"],
    ["azure", "", "/openai/deployments/model-1/chat/completions"],
    ["azure", "/openai/v1", "/openai/v1/chat/completions"],
    ["anthropic", "", "/v1/messages"],
    ["anthropic", "/v1", "/v1/messages"],
    ["gemini", "", "/v1beta/models/model-1:generateContent"],
  ])("%s with path %j", async (provider, path, want) => {
    expect((await ask({ provider }, path)).path).toBe(want);
  });

  test.each<[ProviderSettings["provider"], string, string]>([
    ["openai", "authorization", "Bearer key"],
    ["azure", "api-key", "key"],
    ["anthropic", "x-api-key", "key"],
    ["gemini", "x-goog-api-key", "key"],
  ])("%s gets its key in %s, and nowhere else", async (provider, header, want) => {
    const request = await ask({ provider, apiKey: "key" }, "");
    expect(request.headers[header]).toBe(want);
    expect(JSON.stringify([request.path, request.body])).not.toContain("key");
    if (provider === "anthropic") expect(request.headers["anthropic-version"]).toBe("2023-06-01");
    expect(request.headers["accept-encoding"]).toBeUndefined();
  });

  test("query and headers are added; a header takes the place of ours; the call's id goes along", async () => {
    const query = { "api-version": "2024-10-21" };
    const headers = { "X-Team": "rail", Authorization: "Basic abc" };
    const request = await ask({ provider: "openai", apiKey: "key", query, headers }, "/v1?x=1");
    expect(request.path).toBe("/v1/chat/completions?x=1&api-version=2024-10-21");
    expect(request.headers).toMatchObject({
      "x-team": "rail",
      authorization: "Basic abc",
      "x-client-request-id": "call-id-1",
    });
  });

  test("a setting that is wrong or unknown is refused, without its secret", () => {
    const refusal = (settings: object): string => {
      try {
        createProvider(settings as ProviderSettings);
      } catch (error) {
        return String(error);
      }
      return "";
    };
    expect(refusal({ provider: "openai", apiKey: "secret\nx-evil: 1" })).toMatch(/apiKey/);
    expect(refusal({ provider: "openai", apiKey: "secret\nx-evil: 1" })).not.toContain("secret");
    expect(refusal({ provider: "openai", baseUrl: "ftp://a.b" })).toMatch(/baseUrl/);
    expect(refusal({ provider: "openai", base_url: "https://a.b" })).toMatch(/base_url/);
    expect(refusal({ provider: "openia" })).toMatch(/provider/);
    expect(refusal({ provider: "openai_compatible" })).toMatch(/needs a base URL/);
  });
});
