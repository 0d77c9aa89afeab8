import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from "prom-client";
import { AttemptErrorReasonSchema, AttemptStateSchema } from "#gen/pointsman/v1/attempt_pb.ts";
import { CompletionStateSchema } from "#gen/pointsman/v1/completion_pb.ts";
import { TaskSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import { BreakerState, type TargetStatus } from "#gen/pointsman/v1/target_pb.ts";
import type { AdmissionStatus } from "../admission/admission.ts";
import type { SoftLimit } from "../admission/soft-limits.ts";
import type { Announcements } from "../engine/engine-parts.ts";
import type { LedgerState } from "../ledger/ledger.ts";
import { toMilliseconds } from "../lib/durations.ts";
import { enumWord } from "../lib/enums.ts";
import type { EndedCall } from "../rpc/dispatch.ts";
import type { DriftAlarm } from "../scorecard/success-tracker.ts";

/** What is measured, in Prometheus's terms. No label ever holds what a caller can choose freely. */
export interface Metrics {
  readonly announcements: Announcements;
  callEnded(call: EndedCall): void;
  /** A budget passed a threshold. */
  softLimit(event: SoftLimit): void;
  /** Outcomes left what was predicted. */
  drift(alarm: DriftAlarm): void;
  /** All figures as they are now, for adding those of several processes. */
  figures(): Promise<MetricObjectWithValues<MetricValue<string>>[]>;
  /** The text that Prometheus reads. */
  render(): Promise<string>;
  readonly contentType: string;
}

/** What is looked at when the metrics are read. */
export interface MetricSources {
  inFlight(): number;
  targets(): readonly TargetStatus[];
  ledger(): LedgerState;
  admission(): AdmissionStatus;
}

const SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Makes the metrics. Children are cached by their labels: looking them up by name costs more than counting. */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const counter = (
    name: string,
    help: string,
    labelNames: string[],
  ): ((...labels: string[]) => Counter.Internal) => {
    const made = new Counter({ name, help, labelNames, registers });
    return cached((labels) => made.labels(...labels));
  };
  const histogram = (
    name: string,
    help: string,
    labelNames: string[],
  ): ((...labels: string[]) => Histogram.Internal<string>) => {
    const made = new Histogram({ name, help, labelNames, registers, buckets: SECONDS });
    return cached((labels) => made.labels(...labels));
  };
  const calls = counter("pointsman_rpc_calls_total", "Calls by method and gRPC code.", ["method", "code"]);
  const callSeconds = histogram("pointsman_rpc_duration_seconds", "Duration of calls.", ["method"]);
  const decisions = counter("pointsman_decisions_total", "Decisions by task and first target.", [
    "task",
    "target",
  ]);
  const attempts = counter("pointsman_attempts_total", "Attempts by target, end and reason.", [
    "target",
    "state",
    "reason",
  ]);
  const firstToken = histogram("pointsman_attempt_first_token_seconds", "Time to first output of attempts.", [
    "target",
  ]);
  const completions = counter("pointsman_completions_total", "Answers by task, target and state.", [
    "task",
    "target",
    "state",
  ]);
  const cost = counter("pointsman_cost_micros_total", "Cost in micros of a US dollar.", ["target"]);
  const tokens = counter("pointsman_tokens_total", "Tokens by target and kind.", ["target", "kind"]);
  const thresholds = counter(
    "pointsman_budget_thresholds_total",
    "Soft thresholds of budgets that were passed.",
    ["budget", "share"],
  );
  const drifts = counter(
    "pointsman_scorecard_drifts_total",
    "Times that outcomes left what was predicted, by target, task and direction.",
    ["target", "task", "direction"],
  );
  addGauges(registry, sources);

  return {
    contentType: registry.contentType,
    figures: () => registry.getMetricsAsJSON(),
    render: () => registry.metrics(),
    softLimit: ({ limitId, share }) => thresholds(limitId, String(share)).inc(),
    drift: ({ targetId, task, direction }) => drifts(targetId, enumWord(TaskSchema, task), direction).inc(),
    callEnded({ method, durationMs, error }) {
      calls(method, String(error?.code ?? 0)).inc();
      callSeconds(method).observe(durationMs / 1000);
    },
    announcements: {
      decided({ facts, candidates }) {
        decisions(enumWord(TaskSchema, facts?.task ?? 0), candidates[0]?.targetId ?? "none").inc();
      },
      attempted(_decision, attempt) {
        const reason = attempt.error ? enumWord(AttemptErrorReasonSchema, attempt.error.reason) : "";
        attempts(attempt.targetId, enumWord(AttemptStateSchema, attempt.state), reason).inc();
        if (attempt.timeToFirstToken)
          firstToken(attempt.targetId).observe(toMilliseconds(attempt.timeToFirstToken) / 1000);
        cost(attempt.targetId).inc(attempt.costMicros);
        const { usage } = attempt;
        if (!usage) return;
        tokens(attempt.targetId, "input").inc(usage.inputTokens);
        tokens(attempt.targetId, "cached_input").inc(usage.cachedInputTokens);
        tokens(attempt.targetId, "output").inc(usage.outputTokens);
      },
      finished({ facts }, completion) {
        const task = enumWord(TaskSchema, facts?.task ?? 0);
        completions(
          task,
          completion.targetId || "none",
          enumWord(CompletionStateSchema, completion.state),
        ).inc();
      },
    },
  };
}

/** Figures that are not counted but looked up when somebody reads them. */
function addGauges(registry: Registry, sources: MetricSources): void {
  const gauge = (
    name: string,
    help: string,
    read: () => number,
    aggregator: "sum" | "min" | "max" = "sum",
  ): void => {
    new Gauge({
      name,
      help,
      // Of several workers: all together, or the one that is worst off.
      aggregator,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  gauge("pointsman_in_flight", "Calls under way.", () => sources.inFlight());
  gauge("pointsman_ledger_pending", "Entries that wait to be written.", () => sources.ledger().pending);
  gauge(
    "pointsman_ledger_oldest_pending_ms",
    "Age of the oldest waiting entry.",
    () => sources.ledger().oldestPendingMs,
    "max",
  );
  gauge(
    "pointsman_ledger_up",
    "1 where entries can be written.",
    () => (sources.ledger().status === "failing" ? 0 : 1),
    "min",
  );
  gauge("pointsman_ledger_unrecorded", "Entries served without record.", () => sources.ledger().unrecorded);
  gauge(
    "pointsman_ledger_forward_lag",
    "Entries that the centre does not have yet.",
    () => sources.ledger().forward?.lag ?? 0,
  );
  gauge(
    "pointsman_ledger_forward_lag_ms",
    "Age of the oldest of them.",
    () => sources.ledger().forward?.lagMs ?? 0,
    "max",
  );
  gauge(
    "pointsman_limits_store_up",
    "1 where the store of limits can be reached.",
    () => (sources.admission().away ? 0 : 1),
    "min",
  );
  new Gauge({
    name: "pointsman_breaker_open",
    help: "1 where a target's circuit breaker is open.",
    aggregator: "max",
    labelNames: ["target"],
    registers: [registry],
    collect() {
      this.reset();
      for (const { target, breakerState } of sources.targets()) {
        this.set({ target: target?.id ?? "" }, breakerState === BreakerState.OPEN ? 1 : 0);
      }
    },
  });
}

function cached<Child>(make: (labels: string[]) => Child): (...labels: string[]) => Child {
  const children = new Map<string, Child>();
  return (...labels) => {
    const key = labels.join("\0");
    let child = children.get(key);
    if (!child) {
      child = make(labels);
      children.set(key, child);
    }
    return child;
  };
}
