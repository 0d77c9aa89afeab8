import { styleText } from "node:util";
import { toJson } from "@bufbuild/protobuf";
import { AttemptErrorReasonSchema } from "#gen/pointsman/v1/attempt_pb.ts";
import { CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import type { Decision } from "#gen/pointsman/v1/decision_pb.ts";
import { ExplainResponseSchema } from "#gen/pointsman/v1/route_service_pb.ts";
import { type StreamRouteResponse, StreamRouteResponseSchema } from "#gen/pointsman/v1/stream_service_pb.ts";
import { enumWord } from "../lib/enums.ts";
import { type ConnectionOptions, connect } from "./connection.ts";
import { type InputOptions, inputOf } from "./input.ts";
import { showCompletion, showDecision } from "./show-decision.ts";

/** Options of `route` and `explain`. */
export interface RouteOptions extends ConnectionOptions, InputOptions {
  readonly json?: boolean;
  readonly timeout?: string;
  readonly requestId?: string;
}

/** Streams an answer, then shows who gave it, what it cost, and why. Gives the process's exit code. */
export async function routePrompt(prompt: string, options: RouteOptions): Promise<number> {
  const { stream } = connect(options);
  const request = { input: inputOf(prompt, options), requestId: options.requestId ?? "" };
  const call = options.timeout ? { timeoutMs: Number(options.timeout) * 1000 } : {};
  let decision: Decision | undefined;
  let code = 1;
  for await (const response of stream.streamRoute(request, call)) {
    if (options.json) console.log(JSON.stringify(toJson(StreamRouteResponseSchema, response)));
    else showEvent(response, decision);
    if (response.event.case === "decided") decision = response.event.value.decision;
    if (response.event.case === "finished") code = exitCode(response.event.value.completion?.state);
  }
  return code;
}

function showEvent({ event }: StreamRouteResponse, decision: Decision | undefined): void {
  switch (event.case) {
    case "textDelta":
      process.stdout.write(event.value.text);
      break;
    case "reasoningDelta":
      process.stdout.write(styleText("dim", event.value.text));
      break;
    case "toolCallDelta":
      if (event.value.name) process.stdout.write(`\n${styleText("cyan", event.value.name)} `);
      process.stdout.write(event.value.argumentsDelta);
      break;
    case "attemptFailed": {
      const { attempt } = event.value;
      const reason = attempt?.error ? enumWord(AttemptErrorReasonSchema, attempt.error.reason) : "";
      console.error(
        styleText("yellow", `${attempt?.targetId} failed: ${reason}: ${attempt?.error?.message}`),
      );
      break;
    }
    case "restarted":
      console.error(styleText("yellow", `\nBegins anew: ${event.value.reason}`));
      break;
    case "finished":
      console.log("\n");
      if (event.value.completion) console.log(showCompletion(event.value.completion));
      if (decision) console.log(`\n${showDecision(decision)}`);
      break;
    default:
      break;
  }
}

/** Decides without calling, and shows the reasons. */
export async function explainPrompt(prompt: string, options: RouteOptions): Promise<number> {
  const { route } = connect(options);
  const response = await route.explain({ input: inputOf(prompt, options) });
  if (options.json) {
    console.log(JSON.stringify(toJson(ExplainResponseSchema, response)));
    return 0;
  }
  console.log(response.sentences.join("\n"));
  if (response.decision) console.log(`\n${showDecision(response.decision)}`);
  return 0;
}

function exitCode(state: CompletionState | undefined): number {
  return state === CompletionState.COMPLETED || state === CompletionState.REFUSED ? 0 : 1;
}
