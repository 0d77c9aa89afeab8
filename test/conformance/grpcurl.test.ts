import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Service, startService } from "../clients/support/service.ts";
import { missing } from "../clients/support/toolchain.ts";
import { buildTool } from "./build-tool.ts";

const contract = fileURLToPath(new URL("../../proto/pointsman/v1", import.meta.url));
const lacking = missing([{ command: ["go", "version"] }]);

describe.skipIf(lacking !== undefined && process.env.CI !== "true")(
  `grpcurl, which knows nothing of the contract${lacking === undefined ? "" : ` (skipped: ${lacking})`}`,
  () => {
    let service: Service;
    let grpcurl: string;

    beforeAll(async () => {
      grpcurl = buildTool("github.com/fullstorydev/grpcurl/cmd/grpcurl");
      service = await startService("open");
    }, 1_800_000);
    afterAll(() => service?.stop());

    const ask = (...parameters: string[]): string =>
      execFileSync(grpcurl, ["-plaintext", ...parameters], { encoding: "utf8" });

    it("lists the services by reflection", () => {
      expect(ask(service.grpc, "list").trim().split("\n")).toEqual(
        expect.arrayContaining([
          "grpc.health.v1.Health",
          "pointsman.v1.AuditService",
          "pointsman.v1.RouteService",
          "pointsman.v1.StreamService",
        ]),
      );
    });

    it("describes a message", () => {
      expect(ask(service.grpc, "describe", "pointsman.v1.RouteRequest")).toContain(
        ".pointsman.v1.RouteInput input = 2",
      );
    });

    it("finds every service healthy", () => {
      for (const name of ["", "pointsman.v1.RouteService", "pointsman.v1.AuditService"]) {
        const answer = ask(
          "-d",
          JSON.stringify({ service: name }),
          service.grpc,
          "grpc.health.v1.Health/Check",
        );
        expect(JSON.parse(answer)).toEqual({ status: "SERVING" });
      }
    });

    it("routes a request by reflection alone", () => {
      const input = { turns: [{ role: "ROLE_USER", parts: [{ text: "Say Grüße." }] }] };
      const answer = ask("-d", JSON.stringify({ input }), service.grpc, "pointsman.v1.RouteService/Route");
      expect(JSON.parse(answer)).toMatchObject({ completion: { state: "COMPLETION_STATE_COMPLETED" } });
    });

    it("sees a denial's details", () => {
      const input = {
        labels: { data: "forbidden" },
        turns: [{ role: "ROLE_USER", parts: [{ text: "Hello." }] }],
      };
      const call = (): string =>
        ask("-d", JSON.stringify({ input }), service.grpc, "pointsman.v1.RouteService/Route");
      expect(call).toThrow(/PermissionDenied/);
    });

    it("reads the contract's own files", () => {
      const files = ["-import-path", `${contract}/../..`, "-proto", "pointsman/v1/route_service.proto"];
      expect(ask(...files, service.grpc, "pointsman.v1.RouteService/ListTargets")).toContain('"fast"');
    });
  },
);
