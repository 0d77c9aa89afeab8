import type { MessageInitShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { type Script, ScriptSchema } from "#gen/pointsman/testing/v1/route_case_pb.ts";
import { Role, Task } from "#gen/pointsman/v1/route_input_pb.ts";
import { type App, createApp } from "../../src/app.ts";
import { createServiceLog } from "../../src/service-log.ts";
import { createConnectClient, createGrpcClient, type DoorClient } from "./clients.ts";
import { type ConfigFolder, createConfigFolder } from "./configuration.ts";
import { type ScriptedProvider, startScriptedProvider } from "./scripted-provider.ts";

/** A service in this process, with one scripted target, and a client of each door. */
export interface TestService extends AsyncDisposable {
  readonly app: App;
  readonly provider: ScriptedProvider;
  readonly folder: ConfigFolder;
  readonly clients: readonly DoorClient[];
  /** Says what the provider does from now on. */
  play(...scripts: readonly MessageInitShape<typeof ScriptSchema>[]): void;
  /** Ends the service and starts another on the same data. */
  restart(): Promise<void>;
}

/** What differs from the usual. */
export interface ServiceSettings {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly policy?: string;
}

/** Starts a service. */
export async function startTestService({
  config = {},
  policy = "rules: []\n",
}: ServiceSettings = {}): Promise<TestService> {
  const provider = await startScriptedProvider();
  const folder = createConfigFolder();
  folder.writePolicy(policy);
  folder.writeConfig({
    policy: "policy.yaml",
    targets: [
      {
        id: "scripted",
        provider: "openai",
        model: "scripted",
        base_url: provider.baseUrl,
        api_key: "sk-test",
      },
    ],
    ...config,
  });
  let app = await createApp(folder.load(), createServiceLog("silent"));
  let clients = clientsOf(app);
  return {
    get app() {
      return app;
    },
    provider,
    folder,
    get clients() {
      return clients;
    },
    play: (...scripts) => provider.play(scripts.map((script): Script => create(ScriptSchema, script))),
    async restart() {
      for (const client of clients) client.close();
      await app.close(0);
      app = await createApp(folder.load(), createServiceLog("silent"));
      clients = clientsOf(app);
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close();
      await app.close(0);
      await provider[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** An input of one turn. */
export function inputOf(text: string) {
  return {
    turns: [{ role: Role.USER, parts: [{ content: { case: "text" as const, value: text } }] }],
    hints: { task: Task.CHAT, difficulty: 0.1 },
  };
}

function clientsOf(app: App): DoorClient[] {
  return [createGrpcClient(app.grpcAddress), createConnectClient(app.httpAddress)];
}
