import { readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describeClient } from "./support/describe-client.ts";
import { readmeCode, runWithKey, writeReadmeProgram } from "./support/readme.ts";
import { run } from "./support/toolchain.ts";

const folder = fileURLToPath(new URL("../../clients/java", import.meta.url));

const classPath = "target/class-path.txt";

describeClient({
  language: "java",
  needs: [{ command: ["javac", "-version"] }, { command: ["mvn", "--version"] }],
  flavours: ["grpc-java"],
  build() {
    const goals = ["test-compile", "dependency:build-classpath", `-Dmdep.outputFile=${classPath}`];
    run("mvn", ["--quiet", "--batch-mode", ...goals, "-Dmdep.includeScope=test"], "clients/java");
    return { command: ["java", "-cp", readClassPath(), "dev.pointsman.Smoke"] };
  },
  example(service) {
    return runWithKey(["java", "-cp", readClassPath(), "dev.pointsman.Example", service.grpc], ".", service);
  },
  async readme(service) {
    const program = writeReadmeProgram(
      ".cache/clients/Readme.java",
      `import dev.pointsman.*;
import dev.pointsman.v1.*;
import io.grpc.StatusRuntimeException;
class Readme { public static void main(String[] words) throws Exception {
${readmeCode("java", "java", service)}} }
`,
    );
    const store = `${program}.p12`;
    rmSync(store, { force: true });
    const into = ["-keystore", store, "-storetype", "PKCS12", "-storepass", "readme"];
    const authority = ["-file", service.authority ?? "", "-alias", "authority"];
    run("keytool", ["-importcert", "-noprompt", ...authority, ...into], ".");
    const trust = [`-Djavax.net.ssl.trustStore=${store}`, "-Djavax.net.ssl.trustStorePassword=readme"];
    return runWithKey(["java", ...trust, "-cp", readClassPath(), program], ".", service);
  },
});

function readClassPath(): string {
  const libraries = readFileSync(`${folder}/${classPath}`, "utf8").trim();
  return [`${folder}/target/test-classes`, `${folder}/target/classes`, libraries].join(":");
}
