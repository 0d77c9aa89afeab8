import { readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "#gen/google/rpc/error_details_pb.ts";
import { besideConfig, type LoadedConfig } from "../config.ts";
import type { Candidate } from "../evaluate/candidate.ts";
import { EvaluateError } from "../evaluate/evaluate-error.ts";
import type { CallError } from "../evaluate/run-cell.ts";
import type { CandidateChoice, ScenarioFile } from "../evaluate/scenario-schema.ts";
import { sha256Hex } from "../lib/digest.ts";
import { type ConnectionOptions, connect, describeError } from "./connection.ts";
import type { EvaluationServices } from "./eval-service.ts";

/**
 * Who is compared: what the file of scenarios names, else every target of the configuration and its policy.
 * @throws EvaluateError `unknown_candidate`; ConfigError where a policy cannot be used
 */
export async function localCandidates(
  file: ScenarioFile,
  scenarioPath: string,
  loaded: LoadedConfig,
  services: EvaluationServices,
): Promise<Candidate[]> {
  const { config } = loaded;
  const choices: readonly CandidateChoice[] = file.candidates ?? [
    ...config.targets.map(({ id }) => ({ target: id })),
    ...(config.policy === undefined ? [] : [{ policy: besideConfig(loaded, config.policy) }]),
  ];
  const candidates: Candidate[] = [];
  for (const choice of choices) {
    if ("target" in choice) {
      const { target, name = target } = choice;
      checkTarget(target, loaded);
      const fingerprint = fingerprintOf(config.targets.find(({ id }) => id === target));
      candidates.push({ name, kind: "target", fingerprint, answer: services.byTarget(target) });
    } else {
      const path = resolve(dirname(scenarioPath), choice.policy);
      const { name = basename(path).replace(/\.(ya?ml|json)$/, "") } = choice;
      const answer = await services.byPolicy(path);
      // A policy chooses among all targets: it is another one where any of them is.
      const fingerprint = fingerprintOf([readFileSync(path, "utf8"), config.targets, config.scorecard]);
      candidates.push({ name, kind: "policy", fingerprint, answer });
    }
  }
  const seen = new Set<string>();
  for (const { name } of candidates)
    if (seen.size === seen.add(name).size)
      throw new EvaluateError(
        "unknown_candidate",
        `Two candidates have the name "${name}"; give one another.`,
      );
  return candidates;
}

/** A running service as it is, with the policy that is in force there. */
export function runningService(options: ConnectionOptions): Candidate {
  const { route } = connect(options);
  return {
    name: "service",
    kind: "service",
    fingerprint: options.url,
    answer: (input, signal) => route.route({ input }, { signal }),
  };
}

/** @throws EvaluateError where the configuration has no such target */
export function checkTarget(target: string, { config }: LoadedConfig): void {
  if (config.targets.some(({ id }) => id === target)) return;
  const known = config.targets.map(({ id }) => id).join(", ");
  throw new EvaluateError("unknown_candidate", `There is no target "${target}"; there are: ${known}.`);
}

/** Reasons that say something about the candidate, and not about the way to it. */
const VERDICTS: Readonly<Record<string, CallError["verdict"]>> = {
  ERROR_REASON_POLICY_DENIED: "refused",
  ERROR_REASON_PRIVACY_BLOCKED: "refused",
  ERROR_REASON_NO_ELIGIBLE_TARGET: "failed",
  ERROR_REASON_PROVIDER_REJECTED: "failed",
};

/** Reads what a failed call says about a candidate. */
export function readCallError(error: unknown): CallError {
  const message = describeError(error, "").split("\n")[0] ?? "";
  if (!(error instanceof ConnectError)) return { verdict: "error", kind: "error", message };
  const reason = error.findDetails(ErrorInfoSchema)[0]?.reason ?? "";
  const kind =
    reason.replace(/^ERROR_REASON_/, "").toLowerCase() || (Code[error.code] ?? "error").toLowerCase();
  return { verdict: VERDICTS[reason] ?? "error", kind, message };
}

function fingerprintOf(value: unknown): string {
  return sha256Hex(JSON.stringify(value) ?? "");
}
