import { create } from "@bufbuild/protobuf";
import { credentials } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { converse, type SmokeProgram } from "../support/converse.ts";
import { type Service, startService } from "../support/service.ts";
import { missing } from "../support/toolchain.ts";
import { createGrpcClients, type GrpcClients } from "./0.1.0/typescript/src/grpc.ts";
import {
  CompletionState,
  ErrorReason,
  pointsmanError,
  Role,
  RouteInputSchema,
} from "./0.1.0/typescript/src/index.ts";
import { frozenClients } from "./programs.ts";

describe("clients of release 0.1.0", () => {
  let service: Service;
  let client: GrpcClients;

  beforeAll(async () => {
    service = await startService("open");
    client = createGrpcClients(service.grpc, credentials.createInsecure());
  });
  afterAll(async () => {
    client?.close();
    await service?.stop();
  });

  const input = create(RouteInputSchema, {
    turns: [{ role: Role.USER, parts: [{ content: { case: "text", value: "Say Grüße." } }] }],
  });

  it("TypeScript: routes, and reads the record", async () => {
    const { decision, completion } = await client.route.route({ input });
    expect(completion?.state).toBe(CompletionState.COMPLETED);
    expect(completion?.parts[0]?.content.value).toContain("Grüße");
    const { record } = await client.audit.getRecord({ decisionId: decision?.id ?? "" });
    expect(record?.state).toBe(CompletionState.COMPLETED);
  });

  it("TypeScript: streams to exactly one terminal event", async () => {
    const cases: (string | undefined)[] = [];
    for await (const { event } of client.stream.streamRoute({ input })) cases.push(event.case);
    expect(cases[0]).toBe("decided");
    expect(cases.filter((name) => name === "finished")).toHaveLength(1);
    expect(cases.at(-1)).toBe("finished");
  });

  it("TypeScript: reads a denial's reason", async () => {
    const denied = client.route.route({ input: { ...input, labels: { data: "forbidden" } } });
    const error: unknown = await denied.catch((thrown: unknown) => thrown);
    expect(pointsmanError(error)?.reason).toBe(ErrorReason.POLICY_DENIED);
  });

  describe.each(frozenClients)("$language", ({ needs, flavours, build }) => {
    const lacking = missing(needs);
    const skipped = lacking !== undefined && process.env.CI !== "true";
    let program: SmokeProgram;

    beforeAll(() => {
      if (!skipped) program = build();
    }, 3_000_000);

    it.skipIf(skipped).each(flavours)(
      `holds the conversation by %s${lacking === undefined ? "" : ` (${lacking})`}`,
      async (flavour) => {
        expect(await converse(program, flavour, "answers", service)).toEqual([]);
      },
      1_000_000,
    );
  });
});
