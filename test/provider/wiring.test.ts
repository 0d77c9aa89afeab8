import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { AttemptErrorKind, AttemptErrorReason } from "#gen/pointsman/v1/attempt_pb.ts";
import { ConfigError } from "../../src/config.ts";
import { openCollections } from "../../src/open-collections.ts";
import { type ImportModule, importModule } from "../../src/provider/optional-package.ts";
import type { Provider } from "../../src/provider/provider.ts";
import { createProviders, type Providers } from "../../src/providers.ts";
import { type ConfigFolder, createConfigFolder } from "../support/configuration.ts";
import { collect, failureOf, fold, makeCall } from "./calls.ts";
import { openStream, type ScriptedServer, sendJson, startScriptedServer } from "./scripted-server.ts";

let folder: ConfigFolder;
let providers: Providers | undefined;
beforeEach(() => {
  folder = createConfigFolder();
});
afterEach(async () => {
  await providers?.close();
  providers = undefined;
  folder[Symbol.dispose]();
});

/** The provider of a configuration's only target. */
async function providerOf(target: object, load: ImportModule = importModule): Promise<Provider> {
  folder.writeConfig({ targets: [{ id: "it", ...target }] });
  const loaded = folder.load();
  providers = await createProviders(loaded, openCollections(loaded), load);
  return providers.providerOf(loaded.config.targets[0]!);
}

const complaint = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.catch((thrown: unknown) => thrown);
  return error instanceof ConfigError ? error.message : `no ConfigError: ${String(error)}`;
};

describe("targets[].connection", () => {
  let server: ScriptedServer;
  beforeAll(async () => {
    server = await startScriptedServer();
  });
  afterAll(() => server.close());
  const connected = (connection: object): Promise<Provider> =>
    providerOf({ provider: "vllm", model: "m", base_url: server.url, connection });
  const timeout = { kind: AttemptErrorKind.MAYBE_BILLED, reason: AttemptErrorReason.TIMEOUT };
  const filler = (length: number): string => JSON.stringify({ filler: "x".repeat(length) });

  test("headers_timeout_ms ends a call whose answer does not begin", async () => {
    server.script = () => undefined;
    expect(await failureOf(await connected({ headers_timeout_ms: 100 }), makeCall(false))).toMatchObject(
      timeout,
    );
  });

  test("idle_timeout_ms ends a stream that falls silent", async () => {
    server.script = (response) => openStream(response);
    expect(await failureOf(await connected({ idle_timeout_ms: 100 }), makeCall(true))).toMatchObject(timeout);
  });

  test("connect_timeout_ms ends a connection that does not come about", async () => {
    // It takes connections and never says a word of TLS.
    const mute = createServer((socket) => socket.on("error", () => undefined));
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    const { port } = mute.address() as { port: number };
    const base_url = `https://127.0.0.1:${port}/v1`;
    const connection = { connect_timeout_ms: 100 };
    const provider = await providerOf({ provider: "vllm", model: "m", base_url, connection });
    expect(await failureOf(provider, makeCall(false))).toMatchObject({ kind: AttemptErrorKind.NOT_SENT });
    await providers?.close();
    mute.close();
  });

  test.each([
    ["max_answer_bytes", false, (): string => filler(5_000)],
    ["max_event_bytes", true, (): string => `data: ${filler(5_000)}`],
    ["max_stream_bytes", true, (): string => `: ${"a comment ".repeat(20)}\n\n`.repeat(30)],
  ])("%s bounds what is taken in", async (key, streaming, body) => {
    server.script = (response) => {
      if (!streaming) return sendJson(response, body());
      openStream(response);
      response.write(body());
    };
    const error = await failureOf(await connected({ [key]: 4_096 }), makeCall(streaming));
    expect(error.reason).toBe(AttemptErrorReason.BAD_RESPONSE);
    expect(error.message).toContain("bigger than 4096 bytes");
  });

  test("max_connections bounds the sockets", async () => {
    let most = 0;
    server.script = (response) => {
      most = Math.max(most, server.openSockets());
      setTimeout(() => sendJson(response, "{}", 500), 20);
    };
    await vi.waitFor(() => expect(server.openSockets()).toBe(0), { timeout: 60_000 });
    const provider = await connected({ max_connections: 2 });
    await Promise.all(Array.from({ length: 8 }, () => failureOf(provider, makeCall(false))));
    expect(most).toBe(2);
  });
});

describe("provider ai_sdk", () => {
  const source = `
    export const createEcho = ({ greeting }) => ({
      languageModel: (modelId) => ({
        specificationVersion: "v3",
        doStream: async () => ({
          stream: new ReadableStream({
            start(controller) {
              controller.enqueue({ type: "text-delta", id: "1", delta: greeting + " from " + modelId });
              controller.enqueue({ type: "finish", finishReason: { unified: "stop" }, usage: {} });
              controller.close();
            },
          }),
        }),
      }),
    });
    export const createOther = () => ({});
  `;

  test("answers by the package that is named, made with the settings", async () => {
    const file = join(folder.path, "echo.mjs");
    writeFileSync(file, source);
    const ai_sdk = {
      package: pathToFileURL(file).href,
      factory: "createEcho",
      settings: { greeting: "Hello" },
    };
    const provider = await providerOf({ provider: "ai_sdk", model: "echo-1", ai_sdk });
    expect(fold(await collect(provider, makeCall(true, {}, { model: "echo-1" }))).text).toBe(
      "Hello from echo-1",
    );
  });

  test("says what to install, and which exports there are", async () => {
    const ai_sdk = { package: "@ai-sdk/nobody-has-this" };
    expect(await complaint(providerOf({ provider: "ai_sdk", model: "m", ai_sdk }))).toContain(
      "targets[0]: The package @ai-sdk/nobody-has-this is needed and not installed: npm install @ai-sdk/nobody-has-this",
    );
    const file = join(folder.path, "echo.mjs");
    writeFileSync(file, source);
    const two = { package: pathToFileURL(file).href };
    expect(await complaint(providerOf({ provider: "ai_sdk", model: "m", ai_sdk: two }))).toContain(
      "it has: createEcho, createOther",
    );
  });
});

describe("provider local", () => {
  /** Stands for node-llama-cpp, which is hundreds of megabytes: notes how it is used, and answers with its context. */
  const fakeModule = (used: object[]): ImportModule => {
    const note = (options: object): void => void used.push(options);
    return async () => ({
      getLlama: async () => ({
        loadModel: async (options: object) => {
          note(options);
          return {
            createContext: async (sizes: object) => {
              note(sizes);
              const tokenMeter = { usedInputTokens: 1, usedOutputTokens: 1 };
              return { sequencesLeft: 1, getSequence: () => ({ tokenMeter }) };
            },
          };
        },
        dispose: async () => undefined,
      }),
      LlamaChatSession: class {
        setChatHistory(): void {}
        async promptWithMeta(_prompt: string, options: { onResponseChunk(chunk: object): void }) {
          options.onResponseChunk({ type: undefined, text: "It scatters." });
          return { stopReason: "eogToken" };
        }
        dispose(): void {}
      },
    });
  };

  test("runs the file that is named, with the settings", async () => {
    const used: object[] = [];
    const local = { model_file: "models/tiny.gguf", concurrency: 3, context_size: 4_096, gpu_layers: 7 };
    const provider = await providerOf({ provider: "local", local }, fakeModule(used));
    expect(fold(await collect(provider, makeCall(true))).text).toBe("It scatters.");
    expect(used).toEqual([
      { modelPath: join(folder.path, "models/tiny.gguf"), gpuLayers: 7 },
      { sequences: 3, contextSize: 4_096 },
    ]);
  });

  test("says what to install", async () => {
    const missing: ImportModule = () =>
      Promise.reject(Object.assign(new Error("none"), { code: "ERR_MODULE_NOT_FOUND" }));
    const local = { model_file: "tiny.gguf" };
    expect(await complaint(providerOf({ provider: "local", local }, missing))).toContain(
      "npm install node-llama-cpp",
    );
  });
});

test("what belongs to another provider is a mistake", async () => {
  const of = (target: object) => complaint(providerOf({ model: "m", ...target }));
  expect(await of({ provider: "local" })).toContain("targets[0].local: is needed by provider local");
  expect(await of({ provider: "ai_sdk" })).toContain("targets[0].ai_sdk: is needed by provider ai_sdk");
  expect(await of({ provider: "openai", local: { model_file: "a" } })).toContain(
    "is for provider local only",
  );
  expect(await of({ provider: "openai", ai_sdk: { package: "a" } })).toContain("is for provider ai_sdk only");
  expect(await of({ provider: "local", local: { model_file: "a" }, api_key: "k", connection: {} })).toMatch(
    /api_key: means nothing to provider local[\s\S]*connection: means nothing to provider local/,
  );
});
