import { create } from "@bufbuild/protobuf";
import {
  ExplainResponseSchema,
  ListTargetsResponseSchema,
  ReportOutcomeResponseSchema,
  RouteResponseSchema,
  RouteService,
} from "#gen/pointsman/v1/route_service_pb.ts";
import type { Engine } from "../engine/engine.ts";
import { type Binding, unary } from "./handler.ts";
import { isBatch } from "./is-batch.ts";
import { pageOf } from "./pages.ts";
import { requireInput, validateFacts, validateOutcome, validateRequestId } from "./validate.ts";

/** Binds RouteService to the engine. */
export function bindRouteService(engine: Engine): Binding[] {
  return [
    unary(
      RouteService.method.route,
      ["caller"],
      async (request, context) => {
        validateRequestId(request.requestId);
        const { decision, completion } = await engine.route({
          requestId: request.requestId,
          input: requireInput(request.input),
          caller: context.caller,
          streaming: false,
          signal: context.signal,
          timeoutMs: context.timeoutMs,
        });
        return create(RouteResponseSchema, { decision, completion });
      },
      isBatch,
    ),
    unary(
      RouteService.method.explain,
      ["caller"],
      async (request, context) => {
        const explanation = await engine.explain({
          requestId: "",
          input: requireInput(request.input),
          caller: context.caller,
          streaming: false,
          signal: context.signal,
          timeoutMs: context.timeoutMs,
        });
        return create(ExplainResponseSchema, explanation);
      },
      isBatch,
    ),
    unary(RouteService.method.simulatePolicy, ["caller", "auditor", "operator"], async (request, context) => {
      validateFacts(request.facts);
      return engine.simulate(request, context.caller);
    }),
    unary(RouteService.method.reportOutcome, ["caller", "auditor"], async (request, context) => {
      validateOutcome(request);
      const outcome = await engine.reportOutcome(request, context.caller, context.signal);
      return create(ReportOutcomeResponseSchema, { outcome });
    }),
    unary(RouteService.method.listTargets, ["caller", "auditor", "operator"], async (request) => {
      const { items, nextPageToken } = pageOf(
        engine.listTargets(),
        request,
        ({ target }) => target?.id ?? "",
      );
      return create(ListTargetsResponseSchema, { targets: items, nextPageToken });
    }),
  ];
}
