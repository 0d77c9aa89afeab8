import { describeClient } from "./support/describe-client.ts";
import { readmeCode, runWithKey, writeReadmeProgram } from "./support/readme.ts";
import { run } from "./support/toolchain.ts";

describeClient({
  language: "typescript",
  needs: [{ command: ["npm", "--version"] }],
  flavours: ["grpc-js", "connect", "grpc", "grpc-web", "web", "web-grpc-web"],
  build() {
    run("npm", ["ci", "--prefer-offline", "--no-audit", "--no-fund"], "clients/typescript");
    run("npm", ["run", "build"], "clients/typescript");
    return { command: [process.execPath, "clients/typescript/dist/smoke/smoke.js"] };
  },
  example(service) {
    const program = [process.execPath, "clients/typescript/dist/example/watch.js"] as const;
    return runWithKey([...program, `http://${service.http}`], ".", service);
  },
  readme(service) {
    const path = "clients/typescript/dist/readme.ts";
    const program = writeReadmeProgram(path, readmeCode("typescript", "ts", service));
    const trust = { NODE_EXTRA_CA_CERTS: service.authority ?? "" };
    return runWithKey([process.execPath, program], ".", service, trust);
  },
});
