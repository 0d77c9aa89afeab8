import { toJson } from "@bufbuild/protobuf";
import { ReportOutcomeResponseSchema } from "#gen/pointsman/v1/route_service_pb.ts";
import { type ConnectionOptions, connect } from "./connection.ts";
import { UsageError } from "./input.ts";

/** Options of `outcome`. */
export interface OutcomeOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly score?: string;
  readonly reporter?: string;
  readonly comment?: string;
}

/** Reports what became of an answer. */
export async function reportOutcome(
  decisionId: string,
  result: string,
  options: OutcomeOptions,
): Promise<number> {
  if (result !== "success" && result !== "failure")
    throw new UsageError(`The result is success or failure, not ${JSON.stringify(result)}.`);
  const { route } = connect(options);
  const response = await route.reportOutcome({
    decisionId,
    success: result === "success",
    reporter: options.reporter ?? "",
    comment: options.comment ?? "",
    ...(options.score !== undefined && { score: Number(options.score) }),
  });
  if (options.json) console.log(JSON.stringify(toJson(ReportOutcomeResponseSchema, response)));
  else console.log(`Recorded: ${result} by ${response.outcome?.reporter}.`);
  return 0;
}
