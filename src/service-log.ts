import { type Logger, pino } from "pino";
import { CompletionStateSchema } from "#gen/pointsman/v1/completion_pb.ts";
import { TaskSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import type { SoftLimit } from "./admission/soft-limits.ts";
import type { Announcements } from "./engine/engine-parts.ts";
import { toMilliseconds } from "./lib/durations.ts";
import { enumWord } from "./lib/enums.ts";
import type { EndedCall } from "./rpc/dispatch.ts";
import type { DriftAlarm } from "./scorecard/success-tracker.ts";

/** What the service says about itself: one line a routed request, one for each call that failed, and what changes. */
export interface ServiceLog {
  readonly logger: Logger;
  /** Adds the log's own ear to the given one. */
  announcements(others: Announcements): Announcements;
  callEnded(call: EndedCall): void;
  softLimit(event: SoftLimit): void;
  /** A rule's condition has no value on a request, and so counts as false. */
  conditionFailed(ruleId: string, reason: string): void;
  drift(alarm: DriftAlarm): void;
  noticeNotRecorded(error: unknown): void;
  limitStore(away: Error | undefined): void;
  cacheStore(error: unknown): void;
  scorecardNotRestored(error: unknown): void;
  keysReloaded(error: Error | undefined): void;
}

/** Makes the log; lines are JSON on standard output, or on the given file descriptor. Nothing of a request's content is ever logged. */
export function createServiceLog(
  level: string,
  { destination = 1, worker }: { destination?: number; worker?: number | undefined } = {},
): ServiceLog {
  const logger = pino(
    { level, base: worker === undefined ? null : { worker }, timestamp: pino.stdTimeFunctions.isoTime },
    // Lines go out together, or soon; what waits is written at the exit as well.
    pino.destination({
      dest: destination,
      sync: false,
      // Workers share a pipe, on which only writes up to this length are never cut by another's.
      ...(worker === undefined ? { minLength: 4_096 } : { minLength: 2_048, maxWrite: 4_096 }),
      periodicFlush: 100,
    }),
  );
  return {
    logger,
    announcements: (others) => ({
      decided: others.decided,
      attempted: others.attempted,
      finished(decision, completion) {
        others.finished(decision, completion);
        if (!logger.isLevelEnabled("info")) return;
        logger.info({
          msg: "routed",
          decision_id: decision.id,
          tenant: decision.facts?.caller?.tenant,
          app: decision.facts?.caller?.app || undefined,
          task: enumWord(TaskSchema, decision.facts?.task ?? 0),
          target: completion.targetId || undefined,
          state: enumWord(CompletionStateSchema, completion.state),
          attempts: completion.attemptCount,
          cost_micros: completion.costMicros,
          latency_ms: completion.latency
            ? Math.round(toMilliseconds(completion.latency) * 10) / 10
            : undefined,
          reason: completion.errorReason || undefined,
        });
      },
    }),
    callEnded({ method, tenant, durationMs, error, cause }) {
      if (!error) return;
      const line = {
        msg: "call failed",
        method,
        tenant,
        code: error.code,
        duration_ms: Math.round(durationMs),
      };
      if (error.unforeseen) logger.error({ ...line, err: cause });
      else logger.info({ ...line, message: error.message });
    },
    softLimit: (event) => logger.warn({ msg: "budget threshold passed", ...event }),
    conditionFailed: (ruleId, reason) =>
      logger.warn({
        msg: "a condition has no value on some requests, and counts as false there",
        rule_id: ruleId,
        // Other reasons repeat the value that did not fit, which is the caller's.
        reason: /^field not found: /.test(reason) ? reason : "a value does not fit",
      }),
    drift: ({ task, targetId, ...figures }) =>
      logger.warn({
        msg: "outcomes left what was predicted",
        target: targetId,
        task: enumWord(TaskSchema, task),
        ...figures,
      }),
    noticeNotRecorded: (error) => logger.error({ msg: "a notice could not be recorded", err: error }),
    limitStore: (away) =>
      away
        ? logger.error({ msg: "the store of limits is away", reason: away.message })
        : logger.info({ msg: "the store of limits is back" }),
    scorecardNotRestored: (error) =>
      logger.warn({
        msg: "outcomes of earlier runs could not be read",
        reason: error instanceof Error ? error.message : String(error),
      }),
    cacheStore: (error) =>
      logger.warn({
        msg: "the cache's store failed",
        reason: error instanceof Error ? error.message : String(error),
      }),
    keysReloaded: (error) =>
      error
        ? logger.error({ msg: "the key file cannot be used", reason: error.message })
        : logger.info({ msg: "keys reloaded" }),
  };
}
