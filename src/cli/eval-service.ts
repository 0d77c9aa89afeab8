import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { identitySettingsSchema } from "../admission/identity-settings.ts";
import { limitSettingsSchema } from "../admission/limit-settings.ts";
import { type App, createApp } from "../app.ts";
import type { LoadedConfig } from "../config.ts";
import type { Answer } from "../evaluate/candidate.ts";
import { createServiceLog } from "../service-log.ts";
import { connect } from "./connection.ts";

/** The label by which an evaluation names the target that has to answer. */
const TARGET_LABEL = "evaluate.target";

/** Services of this process, made for an evaluation and gone with it. */
export interface EvaluationServices {
  /** Answers by one target alone. */
  byTarget(target: string): Answer;
  /** Answers by a policy. @param file its absolute path @throws ConfigError where it cannot be used */
  byPolicy(file: string): Promise<Answer>;
  close(): Promise<void>;
}

/**
 * Runs services of a configuration in this process, on free ports of this machine and with an empty ledger in a temporary
 * folder. Keys, limits and budgets do not hold: an evaluation has a budget of its own.
 */
export async function startEvaluationServices(loaded: LoadedConfig): Promise<EvaluationServices> {
  const folder = mkdtempSync(join(tmpdir(), "pointsman-eval-"));
  const apps: App[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(apps.splice(0).map((app) => app.close(0)));
    rmSync(folder, { recursive: true, force: true });
  };
  const start = async (policy: string): Promise<Answer> => {
    const app = await createApp(
      isolated(loaded, policy, join(folder, `data-${apps.length}`)),
      createServiceLog("silent"),
    );
    apps.push(app);
    const { route } = connect({ url: `http://${app.httpAddress}` });
    return (input, signal) => route.route({ input }, { signal });
  };
  try {
    const policy = join(folder, "targets.yaml");
    writeFileSync(policy, targetPolicy(loaded.config.targets.map(({ id }) => id)));
    const answer = await start(policy);
    return {
      byTarget: (target) => (input, signal) => {
        const labels = { ...input.labels, [TARGET_LABEL]: target };
        return answer({ ...input, labels }, signal);
      },
      byPolicy: start,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A policy that does nothing but give each request to the target that its label names. */
function targetPolicy(ids: readonly string[]): string {
  return stringify({
    name: "evaluate-targets",
    rules: ids.map((id, index) => ({
      id: `target-${index}`,
      when: `labels["${TARGET_LABEL}"] == ${JSON.stringify(id)}`,
      only: { targets: [id] },
    })),
  });
}

function isolated(loaded: LoadedConfig, policy: string, data: string): LoadedConfig {
  const { tls: _tls, ...listen } = loaded.config.listen;
  const { shared_store: _store, ...config } = loaded.config;
  return {
    ...loaded,
    config: {
      ...config,
      listen: { ...listen, grpc: "127.0.0.1:0", http: "127.0.0.1:0" },
      data,
      policy,
      identity: identitySettingsSchema.parse({}),
      admission: limitSettingsSchema.parse({}),
    },
  };
}
