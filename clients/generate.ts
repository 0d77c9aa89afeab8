import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Writes all generated code of the clients; with `--check` it writes nothing and fails where what is committed differs.
 * Needs go, cargo and python3; every plugin's version is pinned by its own package manager.
 */
const root = fileURLToPath(new URL("..", import.meta.url));

/** What is generated: everything that matches is removed before, and compared by `--check`. */
const generated = [
  "clients/*/gen/**/*.*",
  "clients/python/src/pointsman/v1/*_pb2*",
  "clients/java/src/main/protobuf/**/*.proto",
];

if (process.argv.includes("--check")) {
  const out = mkdtempSync(join(tmpdir(), "pointsman-clients-"));
  try {
    generate(out);
    const differing = compare(out);
    for (const path of differing) console.error(`differs: ${path}`);
    if (differing.length > 0)
      throw new Error("generated code differs; run `npm run generate:clients` and commit");
  } finally {
    rmSync(out, { recursive: true });
  }
} else {
  for (const path of globSync(generated, { cwd: root })) rmSync(join(root, path));
  generate(root);
}

function generate(out: string): void {
  preparePython();
  run("buf", ["generate", "--template", "buf.gen.clients.yaml", "--output", out]);
  generateErrorDetails(out);
  writeJavaContract(out);
}

/** Python's generators live in an environment of their own, made anew when their pinned versions change. */
function preparePython(): void {
  const environment = join(root, ".cache/clients/python");
  const requirements = readFileSync(join(root, "clients/python/requirements-generate.txt"));
  const stamp = join(environment, "requirements.sha256");
  const digest = createHash("sha256").update(requirements).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return;
  rmSync(environment, { recursive: true, force: true });
  run("python3", ["-m", "venv", environment]);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  run(join(environment, "bin/python"), [...pip, "-r", "clients/python/requirements-generate.txt"]);
  writeFileSync(stamp, digest);
}

/** Only TypeScript has no package with the standard error details, so its client brings them along. */
function generateErrorDetails(out: string): void {
  const template = {
    version: "v2",
    plugins: [
      {
        local: "protoc-gen-es",
        out: "clients/typescript/gen",
        opt: ["target=ts", "import_extension=ts", "erasable_syntax=true"],
      },
    ],
  };
  const googleProtos = "node_modules/google-proto-files";
  const only = ["error_details", "status"].flatMap((name) => [
    "--path",
    `${googleProtos}/google/rpc/${name}.proto`,
  ]);
  run("buf", ["generate", "--template", JSON.stringify(template), "--output", out, googleProtos, ...only]);
}

/**
 * Java gets the contract itself, with the options that name its package: the code that protoc makes of it is some
 * thirty times as long, and any Maven build makes it again.
 */
function writeJavaContract(out: string): void {
  const folder = join(out, "clients/java/src/main/protobuf/pointsman/v1");
  mkdirSync(folder, { recursive: true });
  for (const path of globSync("proto/pointsman/v1/*.proto", { cwd: root })) {
    const options = 'option java_multiple_files = true;\noption java_package = "dev.pointsman.v1";\n';
    const text = readFileSync(join(root, path), "utf8");
    const note = `// Written by \`npm run generate:clients\` from ${path}.\n`;
    writeFileSync(join(folder, basename(path)), note + text.replace(/^package .*;\n/m, `$&\n${options}`));
  }
}

function compare(out: string): string[] {
  const committed = new Set(globSync(generated, { cwd: root }));
  const fresh = new Set(globSync(generated, { cwd: out }));
  return [...committed.union(fresh)]
    .filter((path) => !committed.has(path) || !fresh.has(path) || !same(join(root, path), join(out, path)))
    .sort();
}

function same(left: string, right: string): boolean {
  return readFileSync(left).equals(readFileSync(right));
}

function run(command: string, parameters: string[]): void {
  const path = `${join(root, "node_modules/.bin")}:${process.env.PATH}`;
  execFileSync(command, parameters, { cwd: root, env: { ...process.env, PATH: path }, stdio: "inherit" });
}
