import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { CapabilitySchema, type Target } from "#gen/pointsman/v1/target_pb.ts";
import { type LoadedConfig, loadConfig } from "../../src/config.ts";
import { toMilliseconds } from "../../src/lib/durations.ts";
import { enumWord } from "../../src/lib/enums.ts";

/** A folder with a configuration and a policy, gone after the test. */
export interface ConfigFolder extends Disposable {
  readonly path: string;
  /** Writes the configuration; what is not given has its usual value. Doors are on free ports. */
  writeConfig(config: Readonly<Record<string, unknown>>): void;
  writePolicy(text: string): void;
  load(): LoadedConfig;
}

/** Makes a folder for a service under test. */
export function createConfigFolder(): ConfigFolder {
  const path = mkdtempSync(join(tmpdir(), "pointsman-test-"));
  // Put in place whole: a service that watches the file must not read half of it.
  const replace = (name: string, text: string): void => {
    writeFileSync(join(path, `${name}.next`), text);
    renameSync(join(path, `${name}.next`), join(path, name));
  };
  return {
    path,
    writeConfig(config) {
      const whole = {
        listen: { grpc: "127.0.0.1:0", http: "127.0.0.1:0" },
        data: "data",
        log: { level: "silent" },
        ...config,
      };
      replace("pointsman.yaml", stringify(whole));
    },
    writePolicy: (text) => replace("policy.yaml", text),
    load: () => loadConfig("pointsman.yaml", {}, path),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 10 }),
  };
}

/** A target of the contract as it is written in a configuration, reached at the given address. */
export function targetConfig(target: Target, baseUrl: string): Record<string, unknown> {
  const { price, prior } = target;
  return {
    id: target.id,
    provider: target.provider || "openai",
    model: target.model || "scripted",
    base_url: baseUrl,
    api_key: "sk-test",
    context_window: target.contextWindow,
    max_output_tokens: target.maxOutputTokens,
    capabilities: target.capabilities.map((value) => enumWord(CapabilitySchema, value)),
    region: target.region,
    tags: target.tags,
    no_retention: target.noRetention,
    ...(price && { price: { input: price.input, output: price.output } }),
    prior: {
      task_strengths: prior?.taskStrengths ?? {},
      ...(prior?.strength !== undefined && { strength: prior.strength }),
      ...(prior?.tokensPerSecond !== undefined && { tokens_per_second: prior.tokensPerSecond }),
      ...(prior?.timeToFirstToken && { time_to_first_token_ms: toMilliseconds(prior.timeToFirstToken) }),
    },
  };
}
