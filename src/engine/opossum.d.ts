// The part of opossum that breaker.ts uses; the published types are for an older major version.
declare module "opossum" {
  import type { EventEmitter } from "node:events";

  interface Options {
    timeout?: number | false;
    resetTimeout?: number;
    errorThresholdPercentage?: number;
    rollingCountTimeout?: number;
    rollingCountBuckets?: number;
    rollingPercentilesEnabled?: boolean;
    enableSnapshots?: boolean;
    volumeThreshold?: number;
  }

  export default class CircuitBreaker extends EventEmitter {
    constructor(action: (promise: Promise<void>) => Promise<void>, options: Options);
    readonly closed: boolean;
    readonly opened: boolean;
    readonly halfOpen: boolean;
    readonly pendingClose: boolean;
    fire(promise: Promise<void>): Promise<void>;
    shutdown(): void;
  }
}
