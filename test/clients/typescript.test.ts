import { describeClient } from "./support/describe-client.ts";
import { run } from "./support/toolchain.ts";

describeClient({
  language: "typescript",
  needs: [{ command: ["npm", "--version"] }],
  flavours: ["grpc-js", "connect", "grpc", "grpc-web", "web", "web-grpc-web"],
  build() {
    run("npm", ["ci", "--no-audit", "--no-fund"], "clients/typescript");
    run("npm", ["run", "build"], "clients/typescript");
    return { command: [process.execPath, "clients/typescript/dist/smoke/smoke.js"] };
  },
});
