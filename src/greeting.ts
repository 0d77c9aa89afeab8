import type { App } from "./app.ts";
import type { LoadedConfig } from "./config.ts";

/** What a person sees at the start: where it listens, what it has, and what to try next. */
export function greeting({ config, file, isDefault }: LoadedConfig, app: App): string {
  const scheme = config.listen.tls ? "https" : "http";
  const url = `${scheme}://${app.httpAddress}`;
  const isUsual = url === "http://127.0.0.1:8080";
  const width = Math.max(...config.targets.map(({ id }) => id.length), 0);
  const targets = config.targets.map(({ id, provider, model, collection, price }) => {
    const cost =
      price.input === 0 && price.output === 0
        ? "free"
        : `$${price.input} in, $${price.output} out per million tokens`;
    return `    ${id.padEnd(width)}  ${provider} ${model ?? collection ?? ""}, ${cost}`;
  });
  const lines = [
    "",
    "Pointsman is ready.",
    `  gRPC                     ${app.grpcAddress}`,
    `  Connect, gRPC-Web, JSON  ${url}`,
    `  configuration            ${isDefault ? "the default one (write a pointsman.yaml to have your own)" : file}`,
    `  data                     ${config.data}`,
    "  targets",
    ...(targets.length > 0 ? targets : ["    none: every request will be refused"]),
    ...app.warnings.map(({ path, message }) => `  policy warning           ${path}: ${message}`),
    "",
    "Try:",
    `  npx pointsman route ${isUsual ? "" : `--url ${url} `}"Rewrite this so that it is shorter: I am writing to let you know that the meeting was moved."`,
    "",
  ];
  return lines.join("\n");
}
