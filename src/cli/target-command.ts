import { toJson } from "@bufbuild/protobuf";
import { BreakerStateSchema, type TargetStatus, TargetStatusSchema } from "#gen/pointsman/v1/target_pb.ts";
import { toMilliseconds } from "../lib/durations.ts";
import { enumWord } from "../lib/enums.ts";
import { type ConnectionOptions, connect } from "./connection.ts";
import { formatTable } from "./table.ts";

/** Lists the targets as they are now. */
export async function listTargets(options: ConnectionOptions & { readonly json?: boolean }): Promise<number> {
  const { route } = connect(options);
  const targets: TargetStatus[] = [];
  for (let pageToken = ""; ; ) {
    const page = await route.listTargets({ pageToken });
    targets.push(...page.targets);
    pageToken = page.nextPageToken;
    if (pageToken === "") break;
  }
  if (options.json) {
    console.log(JSON.stringify(targets.map((target) => toJson(TargetStatusSchema, target))));
    return 0;
  }
  const milliseconds = (duration: TargetStatus["retryAfter"]): string =>
    duration ? toMilliseconds(duration).toFixed(0) : "-";
  console.log(
    formatTable<TargetStatus>(
      [
        { title: "target", cell: ({ target }) => target?.id ?? "" },
        { title: "provider", cell: ({ target }) => target?.provider ?? "" },
        { title: "model", cell: ({ target }) => target?.model ?? "" },
        { title: "$/M in", align: "right", cell: ({ target }) => String(target?.price?.input ?? 0) },
        { title: "$/M out", align: "right", cell: ({ target }) => String(target?.price?.output ?? 0) },
        { title: "breaker", cell: ({ breakerState }) => enumWord(BreakerStateSchema, breakerState) },
        {
          title: "first token p50 ms",
          align: "right",
          cell: ({ timeToFirstTokenP50 }) => milliseconds(timeToFirstTokenP50),
        },
        {
          title: "p95 ms",
          align: "right",
          cell: ({ timeToFirstTokenP95 }) => milliseconds(timeToFirstTokenP95),
        },
        { title: "tokens/s", align: "right", cell: ({ tokensPerSecond }) => tokensPerSecond.toFixed(0) },
        { title: "calls", align: "right", cell: ({ latencySampleCount }) => String(latencySampleCount) },
        {
          title: "in flight",
          align: "right",
          cell: ({ inFlightCount, concurrencyLimit }) => `${inFlightCount}/${concurrencyLimit}`,
        },
        { title: "tags", cell: ({ target }) => target?.tags.join(", ") ?? "" },
      ],
      targets,
    ),
  );
  return 0;
}
