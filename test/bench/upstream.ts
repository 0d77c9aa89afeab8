import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * The provider that everybody calls: an HTTP server that answers in the OpenAI format, always the same and at once, so
 * that what is measured is the caller. A stream is a hundred tokens, written together.
 */
const TOKENS = 100;

const head = { id: "chatcmpl-bench", created: 1_700_000_000, model: "bench" };
const usage = { prompt_tokens: 90, completion_tokens: TOKENS, total_tokens: 90 + TOKENS };
const words = Array.from({ length: TOKENS }, (_, index) => `word${index % 10} `);

const whole = Buffer.from(
  JSON.stringify({
    ...head,
    object: "chat.completion",
    choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: words.join("") } }],
    usage,
  }),
);
const chunk = (delta: object, finish_reason: string | null): string =>
  `data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
const stream = Buffer.from(
  [
    ...words.map((content) => chunk({ content }, null)),
    chunk({}, "stop"),
    `data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", choices: [], usage })}\n\n`,
    "data: [DONE]\n\n",
  ].join(""),
);

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (piece: Buffer) => chunks.push(piece));
  request.on("end", () => {
    const streamed = Buffer.concat(chunks).includes('"stream":true');
    response.writeHead(200, {
      "content-type": streamed ? "text/event-stream" : "application/json",
      "content-length": (streamed ? stream : whole).length,
    });
    response.end(streamed ? stream : whole);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  process.send?.({ addresses: [`127.0.0.1:${(server.address() as AddressInfo).port}`] });
});
process.on("disconnect", () => process.exit());
