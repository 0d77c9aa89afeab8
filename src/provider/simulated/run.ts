import type { SimulatorProfile } from "./profile.ts";
import { createSimulator, type Simulator } from "./server.ts";

/** How a simulator is run by itself. */
export interface RunSimulatorOptions {
  /** The port; 0 takes a free one. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** What is played. Default: any model, at once and without fault. */
  readonly profile?: SimulatorProfile;
  /** Overrides the profile's seed. */
  readonly seed?: number;
}

/** Starts a simulator; it runs until it is closed. */
export async function runSimulator(options: RunSimulatorOptions): Promise<Simulator> {
  const simulator = createSimulator(
    options.profile,
    options.seed === undefined ? {} : { seed: options.seed },
  );
  await simulator.listen(options.port, options.host);
  return simulator;
}
