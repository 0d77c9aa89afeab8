import { randomUUIDv7 } from "node:crypto";

/** Makes ids as an argument, so that tests can foresee them. */
export type MakeId = () => string;

/** A UUID version 7: unique, and sorted by time, so that ids serve as an index. */
export const makeId: MakeId = () => randomUUIDv7();
