import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { type Config, configSchema } from "./config-schema.ts";

/** What is wrong with a configuration. */
export interface ConfigIssue {
  /** Such as "targets[1].price.input". */
  readonly path: string;
  /** The line in the file, from 1; 0 where there is none. */
  readonly line: number;
  readonly message: string;
}

/** A configuration that cannot be used: every mistake at once. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly issues: readonly ConfigIssue[];

  constructor(file: string, issues: readonly ConfigIssue[]) {
    const lines = issues.map(
      ({ path, line, message }) => `  ${line > 0 ? `line ${line}, ` : ""}${path || "file"}: ${message}`,
    );
    super(`${file} cannot be used:\n${lines.join("\n")}`);
    this.issues = issues;
  }
}

/** A configuration, and where it came from. */
export interface LoadedConfig {
  readonly config: Config;
  /** The file's absolute path. */
  readonly file: string;
  /** The folder that paths in it are relative to. */
  readonly folder: string;
  /** Whether it is the one that comes with Pointsman, to which providers found on this machine are added. */
  readonly isDefault: boolean;
}

/** Process environment, as an argument. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The configuration that comes with Pointsman: annotated, and used where there is no other. */
export const defaultConfigFile = fileURLToPath(new URL("../pointsman.example.yaml", import.meta.url));

/**
 * Finds the configuration: the given file, else POINTSMAN_CONFIG, else pointsman.yaml in the working folder, else the one
 * that comes with Pointsman. POINTSMAN_GRPC, POINTSMAN_HTTP and POINTSMAN_DATA override it.
 * @throws ConfigError
 */
export function loadConfig(
  given: string | undefined,
  environment: Environment,
  workingFolder: string,
): LoadedConfig {
  const named = given ?? environment.POINTSMAN_CONFIG;
  const own = resolve(workingFolder, named ?? "pointsman.yaml");
  if (named !== undefined && !existsSync(own)) {
    throw new ConfigError(own, [{ path: "", line: 0, message: "there is no such file" }]);
  }
  const file = existsSync(own) ? own : defaultConfigFile;
  const isDefault = file === defaultConfigFile;
  const config = parseConfig(readFileSync(file, "utf8"), file, environment);
  // The default configuration lives with the program; what it writes belongs where the person is.
  const dataFolder = environment.POINTSMAN_DATA ?? config.data;
  const base = isDefault || environment.POINTSMAN_DATA ? workingFolder : dirname(file);
  return {
    config: {
      ...config,
      listen: {
        ...config.listen,
        grpc: override(environment, "POINTSMAN_GRPC") ?? config.listen.grpc,
        http: override(environment, "POINTSMAN_HTTP") ?? config.listen.http,
      },
      data: resolve(base, dataFolder),
      ...withKeyFiles(config, dirname(file)),
    },
    file,
    folder: dirname(file),
    isDefault,
  };
}

/** Parses and checks a document. @throws ConfigError with every mistake and its line. */
export function parseConfig(text: string, file: string, environment: Environment): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const issues = document.errors.map(({ message, pos }) => ({
      path: "",
      line: lines.linePos(pos[0]).line,
      message,
    }));
    throw new ConfigError(file, issues);
  }
  const missing: ConfigIssue[] = [];
  const expanded = expand(document.contents, "", { document, environment, missing, lines });
  const parsed = configSchema.safeParse(expanded ?? {});
  const issues = (parsed.error?.issues ?? []).map(({ path, message }) => ({
    path: formatPath(path),
    line: lineOf(document, path, lines),
    message,
  }));
  if (!parsed.success || missing.length > 0) throw new ConfigError(file, [...missing, ...issues]);
  return parsed.data;
}

/** A file named in a configuration, as an absolute path. */
export function besideConfig({ folder }: Pick<LoadedConfig, "folder">, path: string): string {
  return resolve(folder, path);
}

/** A file in the data folder. */
export function inData({ config }: Pick<LoadedConfig, "config">, name: string): string {
  return join(config.data, name);
}

/** The sections that name key files, with absolute paths: their rooms do not know where the configuration is. */
function withKeyFiles({ identity, ledger }: Config, folder: string): Pick<Config, "identity" | "ledger"> {
  const { key_file: keys } = identity;
  const { sign } = ledger;
  const signing = sign && {
    ...sign,
    ...(sign.key_file !== undefined && { key_file: resolve(folder, sign.key_file) }),
    trusted_key_files: sign.trusted_key_files.map((path) => resolve(folder, path)),
  };
  return {
    identity: { ...identity, ...(keys !== undefined && { key_file: resolve(folder, keys) }) },
    ledger: { ...ledger, sign: signing },
  };
}

function override(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  if (value === undefined || value === "") return undefined;
  if (/^.+:\d{1,5}$/.test(value)) return value;
  throw new ConfigError("the environment", [
    { path: name, line: 0, message: `must be host:port, not ${JSON.stringify(value)}` },
  ]);
}

interface Expansion {
  readonly document: Document;
  readonly environment: Environment;
  readonly missing: ConfigIssue[];
  readonly lines: LineCounter;
}

/** Turns YAML nodes into values, with ${NAME} and ${NAME:-default} in texts replaced from the environment. */
function expand(node: unknown, path: string, context: Expansion): unknown {
  if (isAlias(node)) return expand(node.resolve(context.document), path, context);
  if (isMap(node)) {
    const result: Record<string, unknown> = {};
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : String(key);
      result[name] = expand(value, path ? `${path}.${name}` : name, context);
    }
    return result;
  }
  if (isSeq(node)) return node.items.map((item, index) => expand(item, `${path}[${index}]`, context));
  if (!isScalar(node)) return undefined;
  if (typeof node.value !== "string") return node.value;
  const variable = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;
  return node.value.replace(variable, (_match, name: string, fallback?: string) => {
    const value = context.environment[name] || fallback;
    if (value !== undefined) return value;
    const message = `the environment variable ${name} is not set`;
    context.missing.push({ path, line: lineOfNode(node, context.lines), message });
    return "";
  });
}

function lineOf(
  document: ReturnType<typeof parseDocument>,
  path: readonly PropertyKey[],
  lines: LineCounter,
): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (node && typeof node === "object" && "range" in node) return lineOfNode(node as Node, lines);
  }
  return 0;
}

function lineOfNode(node: Pick<Node, "range">, lines: LineCounter): number {
  return node.range ? lines.linePos(node.range[0]).line : 0;
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === "number" ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part),
    "",
  );
}
