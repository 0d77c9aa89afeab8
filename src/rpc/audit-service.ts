import { create } from "@bufbuild/protobuf";
import {
  AuditService,
  GetRecordResponseSchema,
  ListRecordsResponseSchema,
} from "#gen/pointsman/v1/audit_service_pb.ts";
import { ErrorReason } from "#gen/pointsman/v1/error_reason_pb.ts";
import type { Caller } from "#gen/pointsman/v1/facts_pb.ts";
import type { Engine } from "../engine/engine.ts";
import { EngineError } from "../engine/errors.ts";
import { recordNotFound } from "../engine/outcomes.ts";
import type { LedgerReader, Scope } from "../ledger/ledger.ts";
import { sendAll } from "../lib/sending.ts";
import { type Binding, serverStreaming, unary } from "./handler.ts";
import { validateDecisionId, validateFilter, validateGroups } from "./validate-audit.ts";

/** Binds AuditService to the ledger. Everything is read within what the caller may see. */
export function bindAuditService(reader: LedgerReader, engine: Engine): Binding[] {
  return [
    unary(AuditService.method.getRecord, ["auditor"], async ({ decisionId }, context) => {
      validateDecisionId(decisionId);
      const record = await reader.getRecord(decisionId, scopeOf(context.caller), context.signal);
      if (!record) throw recordNotFound(decisionId);
      return create(GetRecordResponseSchema, { record });
    }),
    unary(AuditService.method.listRecords, ["auditor"], async (request, context) => {
      validateFilter(request.filter);
      const { records, nextPageToken } = await reader.listRecords(
        { filter: request.filter, pageSize: request.pageSize, pageToken: request.pageToken },
        scopeOf(context.caller),
        context.signal,
      );
      return create(ListRecordsResponseSchema, { records, nextPageToken });
    }),
    unary(AuditService.method.summarizeRecords, ["auditor"], async (request, context) => {
      validateFilter(request.filter);
      validateGroups(request.groupBy);
      return reader.summarizeRecords(
        { filter: request.filter, groupBy: request.groupBy },
        scopeOf(context.caller),
        context.signal,
      );
    }),
    serverStreaming(
      AuditService.method.watchEntries,
      ["auditor", "operator"],
      ({ cursor, startTime, filter }, context, send) => {
        validateFilter(filter);
        const signal = AbortSignal.any([context.signal, context.closing]);
        const entries = reader.watchEntries(
          { cursor, startTime, filter },
          watchScopeOf(context.caller),
          signal,
        );
        return sendAll(untilClosing(entries, context.closing), send);
      },
    ),
    serverStreaming(AuditService.method.replayRecords, ["auditor"], (request, context, send) => {
      validateFilter(request.filter);
      return sendAll(engine.replay(request, scopeOf(context.caller), context.signal), send);
    }),
    serverStreaming(AuditService.method.verifyLedger, ["auditor", "operator"], (request, context, send) =>
      sendAll(reader.verify(request, context.signal), send),
    ),
  ];
}

/** Ends a stream that has no end of its own with SHUTTING_DOWN, so that its consumer resumes elsewhere. */
async function* untilClosing<Item>(items: AsyncIterable<Item>, closing: AbortSignal): AsyncGenerator<Item> {
  try {
    yield* items;
  } catch (error) {
    if (!closing.aborted) throw error;
  }
  if (closing.aborted) {
    throw new EngineError(
      ErrorReason.SHUTTING_DOWN,
      "The service is shutting down. Resume from the last cursor.",
    );
  }
}

/** An operator sees what concerns no single tenant, such as reloads and drift; only an auditor sees its tenant's requests. */
function watchScopeOf({ roles, tenant }: Caller): Scope {
  const own = roles.includes("auditor") ? [tenant] : [];
  return { tenants: roles.includes("operator") ? [...own, ""] : own };
}

/** An auditor sees its own tenant. */
function scopeOf(caller: Caller): Scope {
  return { tenants: [caller.tenant] };
}
