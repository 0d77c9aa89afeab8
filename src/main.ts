import { type App, createApp } from "./app.ts";
import { ConfigError, type Environment, type LoadedConfig, loadConfig } from "./config.ts";
import { addFoundProviders } from "./found-providers.ts";
import { greeting } from "./greeting.ts";
import { restartNeeded } from "./restart-needed.ts";
import { createServiceLog, type ServiceLog } from "./service-log.ts";
import { watchFiles } from "./watch-files.ts";
import { openWorkerLink } from "./worker-link.ts";

/** How the service is started. */
export interface ServeOptions {
  /** The configuration's file; undefined to look for it. */
  readonly config: string | undefined;
  readonly environment: Environment;
  readonly workingFolder: string;
}

/**
 * Runs the service until a signal ends it: SIGTERM or SIGINT drain, a second one ends at once; SIGHUP and a change of the
 * configuration's, the policy's or the scorecard's file reload. Resolves with the process's exit code.
 */
export async function serve(options: ServeOptions): Promise<number> {
  const read = (): Promise<LoadedConfig> =>
    addFoundProviders(
      loadConfig(options.config, options.environment, options.workingFolder),
      options.environment,
    );
  const link = openWorkerLink(options.environment);
  let loaded: LoadedConfig;
  let app: App;
  let log: ServiceLog;
  try {
    loaded = await read();
    log = createServiceLog(loaded.config.log.level, { worker: link?.worker });
    app = await createApp(loaded, log, link);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return error instanceof ConfigError ? 2 : 1;
  }
  // Of several workers one speaks for all.
  if (link === undefined || link.worker === 1) console.error(greeting(loaded, app));
  link?.ready();

  let watch: ReturnType<typeof watchFiles>;
  const reloadNow = async (): Promise<void> => {
    try {
      const next = await read();
      const warnings = await app.reload(next);
      log.logger.level = next.config.log.level;
      // It may name other files.
      watch.close();
      watch = watchFiles(next, reload);
      const restart = restartNeeded(loaded.config, next.config);
      const told = {
        warnings: warnings.map(({ message }) => message),
        ...(restart.length > 0 && { restart }),
      };
      log.logger.info({ msg: "configuration reloaded", ...told });
      if (restart.length > 0)
        log.logger.warn({ msg: `changed, and in force only after a restart: ${restart.join(", ")}` });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.logger.error({ msg: "configuration refused, the former one stays", reason });
    }
  };
  // One after the other: of two changes in a row the later one must be the one that stays.
  let reloading = Promise.resolve();
  const reload = (): void => {
    reloading = reloading.then(reloadNow);
  };
  watch = watchFiles(loaded, reload);
  process.on("SIGHUP", reload);

  // Whoever starts workers passes on what is meant for them; a terminal's Ctrl-C reaches them as well, and must not count twice.
  const signals = link ? (["SIGTERM"] as const) : ENDING;
  if (link) process.on("SIGINT", () => undefined);
  await firstSignal(signals);
  log.logger.info({ msg: "draining" });
  for (const signal of signals) process.on(signal, () => process.exit(1));
  watch.close();
  await app.close();
  log.logger.info({ msg: "stopped" });
  return 0;
}

const ENDING = ["SIGTERM", "SIGINT"] as const;

/** Resolves with the first signal that ends the service. */
export function firstSignal(signals: readonly NodeJS.Signals[] = ENDING): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      for (const signal of signals) process.off(signal, end);
      resolve();
    };
    for (const signal of signals) process.on(signal, end);
  });
}

if (import.meta.main) {
  process.exitCode = await serve({
    config: process.argv[2],
    environment: process.env,
    workingFolder: process.cwd(),
  });
  process.exit();
}
