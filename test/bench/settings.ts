import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A credential for load only; the servers that know it live as long as the run. */
export const BENCH_KEY = "pm_bench_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";

/** Makes a folder for everything that a run writes. */
export function makeBenchFolder(): string {
  return mkdtempSync(join(tmpdir(), "pointsman-bench-"));
}

/** Writes policy and configuration: five targets, three rules with conditions, a key, a limit and a budget. */
export function writeBenchConfig(
  folder: string,
  name: string,
  options: { readonly upstream: string; readonly durability: "fsync" | "os" },
): string {
  writeFileSync(join(folder, "policy.yaml"), POLICY);
  const targets = TARGETS.map(([id, tag, input, output, strength, firstMs]) =>
    [
      `  - id: ${id}`,
      "    provider: openai_compatible",
      "    model: bench",
      `    base_url: http://${options.upstream}/v1`,
      "    api_key: bench",
      `    price: { input: ${input}, output: ${output} }`,
      "    context_window: 128000",
      "    max_output_tokens: 8192",
      "    capabilities: [tools, json_schema]",
      "    region: eu",
      `    tags: [${tag}]`,
      "    max_concurrency: 1000",
      `    prior: { strength: ${strength}, time_to_first_token_ms: ${firstMs}, tokens_per_second: 200 }`,
    ].join("\n"),
  );
  const path = join(folder, `${name}.yaml`);
  writeFileSync(
    path,
    [
      "listen: { grpc: 127.0.0.1:0, http: 127.0.0.1:0 }",
      `data: ${JSON.stringify(join(folder, name))}`,
      "policy: policy.yaml",
      "targets:",
      ...targets,
      "keys:",
      `  - { id: bench, key: ${BENCH_KEY}, tenant: acme, app: bench, roles: [caller, auditor] }`,
      "limits:",
      "  - { id: requests, scope: tenant, requests: 100000000, per: minute }",
      "budgets:",
      "  - { id: money, scope: tenant, dollars: 100000000, period: month }",
      `ledger: { durability: ${options.durability} }`,
      "",
    ].join("\n"),
  );
  return path;
}

const TARGETS = [
  ["small", "small", 0.1, 0.4, 0.55, 120],
  ["medium", "small", 0.4, 1.6, 0.65, 200],
  ["large", "large", 1.25, 10, 0.8, 350],
  ["coder", "code", 0.6, 2.4, 0.6, 250],
  ["reasoner", "reasoning", 2, 8, 0.75, 900],
] as const;

const POLICY = `name: bench
rules:
  - id: simple-work
    when: task in ["rewriting", "summarization", "extraction", "classification"] && difficulty < 0.7
    stakes: { success_value: 0.01, failure_cost: 0.002 }
  - id: code
    when: task in ["code_generation", "code_explain_debug"] || (caller.tenant == "acme" && labels.size() > 3)
    prefer: { tag: code, weight: 0.005 }
  - id: patience
    when: budget.remaining_share > 0.1 && input_tokens < 100000
    attempts: { max: 3, per_try_timeout: 30s, total_timeout: 2m }
`;
