import { connect } from "node:net";

/** What the suite starts and kills as a server: passes on what is said to and by `server.ts`, and leaves when it is killed. */
const socket = connect(process.argv[2] ?? "");
process.stdin.on("data", (chunk: Buffer) => socket.write(chunk));
socket.on("data", (chunk: Buffer) => process.stdout.write(chunk));
socket.on("close", () => process.exit(1));
