import { StringDecoder } from "node:string_decoder";
import { createParser } from "eventsource-parser";

/** Cuts bytes into the data of server-sent events, wherever the bytes were cut before. */
export interface EventReader {
  /** Takes in more bytes. */
  feed(chunk: Buffer): void;
  /** The data of the events that are complete, oldest first; undefined where none is. They are then gone. */
  take(): string[] | undefined;
  /** Characters of data that wait to be taken. */
  waitingCharacters(): number;
  /** Bytes taken in since an event was complete, whether or not they will be a part of one. */
  unfinishedBytes(): number;
}

/** Makes a reader of one stream. Comments and unknown fields are passed over, as the standard wants. */
export function createEventReader(): EventReader {
  const decoder = new StringDecoder("utf8");
  let waiting: string[] = [];
  let waitingCharacters = 0;
  let unfinishedBytes = 0;
  const parser = createParser({
    onEvent({ data }) {
      unfinishedBytes = 0;
      waitingCharacters += data.length;
      waiting.push(data);
    },
  });
  return {
    feed(chunk) {
      unfinishedBytes += chunk.length;
      parser.feed(decoder.write(chunk));
    },
    take() {
      if (waiting.length === 0) return undefined;
      const batch = waiting;
      waiting = [];
      waitingCharacters = 0;
      return batch;
    },
    waitingCharacters: () => waitingCharacters,
    unfinishedBytes: () => unfinishedBytes,
  };
}
