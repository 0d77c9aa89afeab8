import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describeClient } from "./support/describe-client.ts";
import { readmeCode, runWithKey, writeReadmeProgram } from "./support/readme.ts";
import { run } from "./support/toolchain.ts";

const environment = fileURLToPath(new URL("../../.cache/clients/python-test", import.meta.url));

describeClient({
  language: "python",
  needs: [{ command: ["python3", "-c", "import venv, ensurepip"] }],
  flavours: ["sync", "asyncio"],
  build() {
    const python = `${environment}/bin/python`;
    if (!existsSync(python)) run("python3", ["-m", "venv", environment], ".");
    run(python, ["-m", "pip", "install", "-q", "-r", "requirements-test.txt"], "clients/python");
    run(python, ["-m", "mypy", "src/pointsman", "example.py"], "clients/python");
    return {
      command: [python, "clients/python/smoke.py"],
      environment: { PYTHONPATH: "clients/python/src" },
    };
  },
  example(service) {
    const program = [`${environment}/bin/python`, "clients/python/example.py", service.grpc] as const;
    return runWithKey(program, ".", service, { PYTHONPATH: "clients/python/src" });
  },
  readme(service) {
    const program = writeReadmeProgram(".cache/clients/readme.py", readmeCode("python", "python", service));
    return runWithKey([`${environment}/bin/python`, program], ".", service, {
      PYTHONPATH: "clients/python/src",
      GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: service.authority ?? "",
    });
  },
});
