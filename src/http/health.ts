import type { AdmissionStatus } from "../admission/admission.ts";
import type { LedgerState } from "../ledger/ledger.ts";

/** Whether the service can serve, and what is wrong with its parts. */
export interface HealthState {
  readonly ready: boolean;
  readonly draining: boolean;
  /** One entry for each part that is not well. */
  readonly problems: readonly { readonly part: string; readonly message: string }[];
}

/** Looks at the service's health. */
export interface Health {
  check(): HealthState;
  /** From now on it is not ready. */
  startDraining(): void;
}

/** What health depends on. */
export interface HealthSources {
  ledger(): LedgerState;
  admission(): AdmissionStatus;
  /** Whether requests are refused while the ledger fails. */
  readonly refusesUnrecorded: boolean;
}

/** Makes the health check. A part that is not well is named; only one that stops all service makes it not ready. */
export function createHealth(sources: HealthSources): Health {
  let draining = false;
  return {
    check() {
      const ledger = sources.ledger();
      const { away, closed, localShare } = sources.admission();
      const problems = [];
      if (ledger.status !== "ok") problems.push({ part: "ledger", message: ledger.message });
      if (ledger.forward && ledger.forward.status !== "ok")
        problems.push({ part: "ledger.forward", message: ledger.forward.message });
      if (ledger.forward?.retention)
        problems.push({ part: "ledger.retention", message: ledger.forward.retention });
      if (away) {
        const effect = [
          closed.length > 0 ? `closed: ${closed.join(", ")}` : "",
          localShare.length > 0 ? `local share: ${localShare.join(", ")}` : "",
        ].filter(Boolean);
        problems.push({
          part: "limits",
          message: `The store of limits is away; ${effect.join("; ") || "no limit depends on it"}.`,
        });
      }
      const stopped = ledger.status === "failing" && sources.refusesUnrecorded;
      return { ready: !draining && !stopped, draining, problems };
    },
    startDraining() {
      draining = true;
    },
  };
}
