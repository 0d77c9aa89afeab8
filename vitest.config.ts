import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    // Most files wait for processes and disks more than they compute: two at once even where there are but two cores.
    maxWorkers: 2,
    // Limits are for what hangs: a machine ten times slower than ours must pass, and tests with tight ones fail by chance.
    testTimeout: 300_000,
    hookTimeout: 600_000,
    teardownTimeout: 600_000,
    expect: { poll: { timeout: 60_000 } },
    reporters: ["default", "./test/closing-line-reporter.ts"],
  },
});
