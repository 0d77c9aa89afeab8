import { describeClient } from "./support/describe-client.ts";
import { run } from "./support/toolchain.ts";

describeClient({
  language: "go",
  needs: [{ command: ["go", "version"] }],
  flavours: ["grpc", "connect", "grpc-web"],
  build() {
    run("go", ["vet", "./..."], "clients/go");
    run("go", ["build", "-o", "../../.cache/clients/smoke-go", "./internal/smoke"], "clients/go");
    return { command: [".cache/clients/smoke-go"] };
  },
});
