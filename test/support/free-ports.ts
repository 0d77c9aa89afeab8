import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Ports below those that the kernel gives to outgoing connections (32,768 and up): a port that was free a moment ago may
 * otherwise belong to a connection of another test by the time a server wants it. Room is left above for the bus of a
 * Redis cluster, which listens 10,000 higher.
 */
const FIRST = 10_000;
const LAST = 19_999;

let next = FIRST + Math.floor(Math.random() * (LAST - FIRST));

/**
 * Finds ports on the loopback interface that nobody listens on, and keeps them for this process: another test that looks
 * for ports at the same time, or while a server is restarted at its own, is not given them.
 */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = [];
  for (let tries = 0; found.length < count; tries += 1) {
    if (tries > LAST - FIRST) throw new Error(`no ${count} free ports from ${FIRST} to ${LAST}`);
    next = next >= LAST ? FIRST : next + 1;
    if ((await reserve(next)) && (await isFree(next))) found.push(next);
  }
  return found;
}

/** Finds one such port. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return Number(port);
}

/** Whether nobody listens on a port of the loopback interface. */
export function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** Whether a port is this process's from now on: its UDP twin, which no server wants, is held until the process ends. */
async function reserve(port: number): Promise<boolean> {
  const socket = createSocket("udp4");
  const bound = once(socket, "listening").then(
    () => true,
    () => false,
  );
  socket.bind({ port, address: "127.0.0.1", exclusive: true });
  if (!(await bound)) return false;
  socket.unref();
  return true;
}
