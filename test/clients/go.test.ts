import { describeClient } from "./support/describe-client.ts";
import { readmeCode, runWithKey, writeReadmeProgram } from "./support/readme.ts";
import { run } from "./support/toolchain.ts";

describeClient({
  language: "go",
  needs: [{ command: ["go", "version"] }],
  flavours: ["grpc", "connect", "grpc-web"],
  build() {
    run("go", ["vet", "./..."], "clients/go");
    run("go", ["build", "-o", "../../.cache/clients/smoke-go", "./internal/smoke"], "clients/go");
    run("go", ["build", "-o", "../../.cache/clients/example-go", "./example"], "clients/go");
    return { command: [".cache/clients/smoke-go"] };
  },
  example: (service) => runWithKey([".cache/clients/example-go", service.grpc], ".", service),
  readme(service) {
    const program = writeReadmeProgram(
      ".cache/clients/readme.go",
      `package main
import ("context"; "fmt"; "log"; "os"
  pointsman "github.com/pointsman/pointsman/clients/go"
  v1 "github.com/pointsman/pointsman/clients/go/gen/pointsman/v1")
func main() {
ctx := context.Background()
${readmeCode("go", "go", service)}}
`,
    );
    const overlay = writeReadmeProgram(
      ".cache/clients/readme-go.json",
      JSON.stringify({ Replace: { "internal/readme/main.go": program } }),
    );
    return runWithKey(["go", "run", "-overlay", overlay, "./internal/readme"], "clients/go", service, {
      SSL_CERT_FILE: service.authority ?? "",
    });
  },
});
