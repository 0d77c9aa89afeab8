import { fileURLToPath } from "node:url";
import { describeClient } from "./support/describe-client.ts";
import { runWithKey } from "./support/readme.ts";
import { run } from "./support/toolchain.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const descriptors = `${root}.cache/clients/descriptors.binpb`;

describeClient({
  language: "rust",
  needs: [{ command: ["cargo", "--version"] }],
  flavours: ["tonic"],
  build() {
    run(`${root}node_modules/.bin/buf`, ["build", "-o", descriptors], ".");
    run("cargo", ["build", "--quiet", "--locked", "--examples"], "clients/rust");
    return {
      command: ["clients/rust/target/debug/examples/smoke"],
      environment: { SMOKE_DESCRIPTORS: descriptors },
    };
  },
  example(service) {
    const program = "clients/rust/target/debug/examples/watch";
    return runWithKey([program, `http://${service.grpc}`], ".", service);
  },
  // The README is the crate's documentation, and its code a test that is compiled.
  readme: (service) => runWithKey(["cargo", "test", "--quiet", "--locked", "--doc"], "clients/rust", service),
});
