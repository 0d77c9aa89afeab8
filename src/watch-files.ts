import { type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";
import { besideConfig, type LoadedConfig } from "./config.ts";

/** Changes within this time are one change, in milliseconds: editors write a file in several steps. */
const SETTLE_MS = 200;

/**
 * Calls back when the configuration's, the policy's or the scorecard's file changes. Watches folders, because editors and
 * Kubernetes replace files instead of writing into them.
 */
export function watchFiles(loaded: LoadedConfig, changed: () => void): { close(): void } {
  const { policy, scorecard } = loaded.config;
  const named = [policy, scorecard].filter((path) => path !== undefined);
  const files = [loaded.file, ...named.map((path) => besideConfig(loaded, path))];
  let timer: NodeJS.Timeout | undefined;
  const watchers: FSWatcher[] = [];
  for (const folder of new Set(files.map((file) => dirname(file)))) {
    const names = new Set(files.filter((file) => dirname(file) === folder).map((file) => basename(file)));
    const watcher = watch(folder, { persistent: false }, (_event, name) => {
      // Without a name, or where a link of the folder is swapped, any of the files may have changed.
      if (name !== null && !names.has(name) && !name.startsWith("..")) return;
      clearTimeout(timer);
      timer = setTimeout(changed, SETTLE_MS);
      timer.unref();
    });
    watcher.on("error", () => watcher.close());
    watchers.push(watcher);
  }
  return {
    close() {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}
