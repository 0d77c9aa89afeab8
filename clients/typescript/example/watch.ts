import { create } from "@bufbuild/protobuf";
import { pointsmanError, Role, RouteInputSchema, watchEntries } from "@pointsman/client";
import { createNodeClient } from "@pointsman/client/node";

/** Routes a request, streams an answer, and watches the audit trail: `node dist/example/watch.js http://127.0.0.1:8080`. */
const client = createNodeClient({ baseUrl: process.argv[2] ?? "http://127.0.0.1:8080" });
const input = create(RouteInputSchema, {
  turns: [{ role: Role.USER, parts: [{ content: { case: "text", value: "Why is the sky blue?" } }] }],
});

try {
  const answer = await client.route.route({ input });
  console.log(answer.completion?.targetId, "answers:", answer.completion?.parts[0]?.content.value);

  for await (const { event } of client.stream.streamRoute({ input })) {
    if (event.case === "textDelta") process.stdout.write(event.value.text);
  }
  console.log();

  const startTime = answer.decision?.createTime;
  const messages = watchEntries((request, signal) => client.audit.watchEntries(request, { signal }), {
    ...(startTime && { startTime }),
  });
  for await (const { event } of messages) {
    if (event.case !== "entry") continue;
    console.log(event.value.event.case, event.value.decisionId);
    if (event.value.event.case === "finished") break;
  }
} catch (error) {
  console.error(pointsmanError(error)?.reasonName ?? error);
  process.exitCode = 1;
}
