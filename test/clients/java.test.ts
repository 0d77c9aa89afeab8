import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describeClient } from "./support/describe-client.ts";
import { run } from "./support/toolchain.ts";

const folder = fileURLToPath(new URL("../../clients/java", import.meta.url));

describeClient({
  language: "java",
  needs: [{ command: ["javac", "-version"] }, { command: ["mvn", "--version"] }],
  flavours: ["grpc-java"],
  build() {
    const classPath = "target/class-path.txt";
    const goals = ["test-compile", "dependency:build-classpath", `-Dmdep.outputFile=${classPath}`];
    run("mvn", ["--quiet", "--batch-mode", ...goals, "-Dmdep.includeScope=test"], "clients/java");
    const libraries = readFileSync(`${folder}/${classPath}`, "utf8").trim();
    const path = [`${folder}/target/test-classes`, `${folder}/target/classes`, libraries].join(":");
    return { command: ["java", "-cp", path, "dev.pointsman.Smoke"] };
  },
});
