import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { converse, type SmokeProgram } from "./converse.ts";
import { type Service, SKY, startService } from "./service.ts";
import { missing, type Need } from "./toolchain.ts";

/** A client of one language. */
export interface ClientUnderTest {
  readonly language: string;
  readonly needs: readonly Need[];
  /** The stacks that the program speaks through. */
  readonly flavours: readonly string[];
  /** Builds the program. */
  build(): SmokeProgram;
  /** Runs the ten lines of the README, as they are written but for the address, with a guarded service. @returns what they print. */
  readme(service: Service): Promise<string>;
  /** Runs the example that comes with the client, with an open service. @returns what it prints. */
  example(service: Service): Promise<string>;
}

const conversations = { answers: "open", watch: "open", credentials: "guarded" } as const;

/** A decision's id. */
const ID = /\b[0-9a-f-]{36}\b/g;

/** Lets every flavour of a client hold every conversation with a real server. */
export function describeClient(client: ClientUnderTest): void {
  const lacking = missing(client.needs);
  if (lacking !== undefined && process.env.CI !== "true") {
    describe.skip(`${client.language} client (skipped: ${lacking})`, () => {
      it.each(client.flavours)("%s holds the conversation", () => {});
    });
    return;
  }
  describe(`${client.language} client`, () => {
    const services = new Map<string, Service>();
    let program: SmokeProgram;

    beforeAll(async () => {
      if (lacking !== undefined) throw new Error(`CI lacks a toolchain: ${lacking}`);
      program = client.build();
      for (const kind of ["open", "guarded"] as const) services.set(kind, await startService(kind));
    }, 3_000_000);
    afterAll(async () => {
      for (const service of services.values()) await service.stop();
    });

    it("works as its README says", async () => {
      const service = services.get("guarded");
      if (service === undefined) throw new Error("the service is not there");
      expect(await client.readme(service)).toMatch(/\bfast\b|text:|test result: ok/);
    }, 1_000_000);

    it("routes, streams and watches as its example does", async () => {
      const service = services.get("open");
      if (service === undefined) throw new Error("the service is not there");
      const printed = await client.example(service);
      const [before = "", streamed, watched = ""] = printed.split(SKY);
      // The answer at once, with its target; then in pieces; then the entries of the first one, of its id, to its end.
      expect(before).toContain("fast");
      expect(streamed).toBeDefined();
      const ids = watched.match(ID) ?? [];
      expect(ids.length).toBeGreaterThan(1);
      expect(new Set(ids).size).toBe(1);
    }, 1_000_000);

    for (const flavour of client.flavours) {
      for (const [conversation, kind] of Object.entries(conversations)) {
        it(`${flavour} holds the conversation "${conversation}"`, async () => {
          const service = services.get(kind);
          if (service === undefined) throw new Error("the service is not there");
          expect(await converse(program, flavour, conversation, service)).toEqual([]);
        }, 1_000_000);
      }
    }
  });
}
