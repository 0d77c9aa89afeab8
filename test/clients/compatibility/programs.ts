import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { SmokeProgram } from "../support/converse.ts";
import { type Need, run } from "../support/toolchain.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const frozen = "test/clients/compatibility/0.1.0";
const buf = `${root}node_modules/.bin/buf`;

/** A client of an earlier release, with the program of that release that holds conversations. */
export interface FrozenClient {
  readonly language: string;
  readonly needs: readonly Need[];
  readonly flavours: readonly string[];
  /** Builds it, beside what the client of today has built: what both depend on is the same, and is built once. */
  build(): SmokeProgram;
}

/** Release 0.1.0; that of TypeScript is called by the test itself. */
export const frozenClients: readonly FrozenClient[] = [
  {
    language: "Python",
    needs: [{ command: ["python3", "-c", "import venv, ensurepip"] }],
    flavours: ["sync"],
    build() {
      // Not the environment of the client of today, which another process may be about to make.
      const environment = `${root}.cache/clients/python-compatibility`;
      const python = `${environment}/bin/python`;
      if (!existsSync(python)) run("python3", ["-m", "venv", environment], ".");
      run(python, ["-m", "pip", "install", "-q", "-r", "requirements-test.txt"], "clients/python");
      return {
        command: [python, "clients/python/smoke.py"],
        environment: { PYTHONPATH: `${frozen}/python` },
      };
    },
  },
  {
    language: "Go",
    needs: [{ command: ["go", "version"] }],
    flavours: ["grpc", "connect"],
    build() {
      const program = `${root}.cache/clients/smoke-go-0.1.0`;
      run("go", ["build", "-o", program, "./internal/smoke"], `${frozen}/go`);
      return { command: [program] };
    },
  },
  {
    language: "Java",
    needs: [{ command: ["javac", "-version"] }, { command: ["mvn", "--version"] }],
    flavours: ["grpc-java"],
    build() {
      const goals = ["test-compile", "dependency:build-classpath", "-Dmdep.outputFile=target/class-path.txt"];
      run("mvn", ["--quiet", "--batch-mode", ...goals, "-Dmdep.includeScope=test"], `${frozen}/java`);
      const target = `${root}${frozen}/java/target`;
      const libraries = readFileSync(`${target}/class-path.txt`, "utf8").trim();
      const path = [`${target}/test-classes`, `${target}/classes`, libraries].join(":");
      return { command: ["java", "-cp", path, "dev.pointsman.Smoke"] };
    },
  },
  {
    language: "Rust",
    needs: [{ command: ["cargo", "--version"] }],
    flavours: ["tonic"],
    build() {
      // The contract of that release, as Java's client had it: what the program knows of JSON, it knows from there.
      const descriptors = `${root}.cache/clients/descriptors-0.1.0.binpb`;
      run(buf, ["build", `${frozen}/java/src/main/protobuf`, "-o", descriptors], ".");
      const target = `${root}clients/rust/target`;
      run("cargo", ["build", "--quiet", "--locked", "--examples", "--target-dir", target], `${frozen}/rust`);
      return {
        command: [`${target}/debug/examples/smoke_0_1_0`],
        environment: { SMOKE_DESCRIPTORS: descriptors },
      };
    },
  },
];
