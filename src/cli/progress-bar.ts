import cliProgress from "cli-progress";

/** A progress bar on standard error, so that standard output stays what programs read. */
export interface ProgressBar {
  update(done: number, total: number): void;
  /** Takes the bar away; may be called again. */
  stop(): void;
}

/** Makes a bar that appears with its first number. @param wanted false, or no terminal: it never appears. */
export function createBar(unit: string, wanted: boolean): ProgressBar {
  const shown = wanted && process.stderr.isTTY;
  const bar = new cliProgress.SingleBar(
    { format: `{bar} {value}/{total} ${unit}`, stream: process.stderr },
    cliProgress.Presets.shades_classic,
  );
  let started = false;
  return {
    update(done, total) {
      if (!shown) return;
      if (!started) bar.start(total, done);
      started = true;
      bar.update(done);
    },
    stop() {
      if (started) bar.stop();
      started = false;
    },
  };
}
