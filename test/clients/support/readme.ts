import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Service } from "./service.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The first code of a language in a client's README, with a service's addresses in place of the example's. */
export function readmeCode(client: string, language: string, service: Service): string {
  const readme = readFileSync(`${root}/clients/${client}/README.md`, "utf8");
  const code = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "ms").exec(readme)?.[1];
  if (code === undefined || !code.includes("pointsman.example.com:"))
    throw new Error(`the README of ${client} does not call anything`);
  return code
    .replace("pointsman.example.com:50051", service.grpc)
    .replace("pointsman.example.com:8080", service.http);
}

/** Writes a file, given from the top of this repository, into a folder that is not committed. @returns its path. */
export function writeReadmeProgram(path: string, text: string): string {
  const full = `${root}/${path}`;
  mkdirSync(full.slice(0, full.lastIndexOf("/")), { recursive: true });
  writeFileSync(full, text);
  return full;
}

/** Runs a program of a README or an example, with a key of the service. @returns what it prints. @throws where it fails. */
export function runWithKey(
  [command, ...parameters]: readonly [string, ...string[]],
  folder: string,
  service: Service,
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const env = { ...process.env, ...environment, POINTSMAN_KEY: service.credentials.caller };
  return new Promise((resolve, reject) => {
    execFile(
      command,
      parameters,
      { cwd: `${root}/${folder}`, env, timeout: 900_000 },
      (error, stdout, stderr) => (error ? reject(new Error(`${error.message}\n${stderr}`)) : resolve(stdout)),
    );
  });
}
