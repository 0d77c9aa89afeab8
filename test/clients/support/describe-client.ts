import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { converse, type SmokeProgram } from "./converse.ts";
import { type Service, startService } from "./service.ts";
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
}

const conversations = { answers: "open", watch: "open", credentials: "guarded" } as const;

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
