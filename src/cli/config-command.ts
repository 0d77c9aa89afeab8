import { buildWorld } from "../build-world.ts";
import { ConfigError, type LoadedConfig } from "../config.ts";

/** Checks a configuration and its policy without starting anything. 2 where it cannot be used. */
export function configCheck(load: () => LoadedConfig, json: boolean): number {
  try {
    const loaded = load();
    const { config, file } = loaded;
    const collections = config.collections.map(({ id }) => id);
    // Providers are not needed to find mistakes, and making them would connect to things.
    const idle = { generate: () => nothing(), close: () => Promise.resolve() };
    const { warnings, world } = buildWorld(loaded, collections, () => idle);
    const revision = world.policy.revision;
    if (json)
      console.log(
        JSON.stringify({
          file,
          ok: true,
          targets: config.targets.map(({ id }) => id),
          policyRevision: revision,
          issues: warnings.map(({ path, line, message }) => ({ path, line, message, severity: "warning" })),
        }),
      );
    else {
      for (const { path, line, message } of warnings)
        console.error(`warning: line ${line}, ${path}: ${message}`);
      console.log(`${file}: ${config.targets.length} targets, policy revision ${revision.slice(0, 12)}`);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    if (json) console.log(JSON.stringify({ ok: false, issues: error.issues }));
    else console.error(error.message);
    return 2;
  }
}

async function* nothing(): AsyncGenerator<never> {}
