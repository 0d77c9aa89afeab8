import type { ClientBase, Connection, Submittable } from "pg";

/** One statement of a pipeline: with parameters, or a `COPY ... FROM STDIN` with the messages that carry its rows. */
export type Step =
  | { readonly text: string; readonly values: readonly (Buffer | string | null)[] }
  | { readonly text: string; readonly copy: Uint8Array };

/**
 * Sends statements one behind the other without waiting between them. All of it is one transaction and one way there
 * and back.
 * @returns how many rows each statement wrote.
 * @throws whatever the server throws; then nothing was done.
 */
export function runPipeline(client: ClientBase, steps: readonly Step[]): Promise<number[]> {
  return new Promise((resolve, reject) => {
    client.query(new Pipeline(steps, (error, counts) => (error ? reject(error) : resolve(counts))));
  });
}

/** What the client of `pg` calls as answers come in. */
class Pipeline implements Submittable {
  readonly #steps: readonly Step[];
  readonly #counts: number[] = [];
  /** The client puts its time limit around it. */
  callback: (error: Error | null, counts: number[]) => void;

  constructor(steps: readonly Step[], callback: (error: Error | null, counts: number[]) => void) {
    this.#steps = steps;
    this.callback = callback;
  }

  submit(connection: Connection): void {
    connection.stream.cork();
    for (const step of this.#steps) {
      connection.parse({ name: "", text: step.text, types: [] }, true);
      connection.bind({ values: "values" in step ? [...step.values] : [] }, true);
      connection.execute(null, true);
      if ("copy" in step) connection.stream.write(step.copy);
    }
    // Until here the server commits nothing; and where a statement fails, it skips what follows up to here.
    connection.sync();
    connection.stream.uncork();
  }

  handleCommandComplete({ text }: { text: string }): void {
    this.#counts.push(Number(text.slice(text.lastIndexOf(" ") + 1)));
  }

  handleReadyForQuery(): void {
    this.callback(null, this.#counts);
  }

  handleError(error: Error): void {
    this.callback(error, []);
  }

  /** The rows are on their way already. */
  handleCopyInResponse(): void {}
}
