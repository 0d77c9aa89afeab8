import { spawnSync } from "node:child_process";

// Compares the contract with the one of the last release, where there is one; before the first release, with main.
const git = (...args: string[]): string => spawnSync("git", args, { encoding: "utf8" }).stdout.trim();

const release = git("describe", "--tags", "--abbrev=0", "--match", "v*");
const against = release
  ? `.git#tag=${release}`
  : git("rev-parse", "--verify", "--quiet", "main")
    ? ".git#branch=main"
    : ".git#ref=HEAD";
const { status } = spawnSync("buf", ["breaking", "--against", against], { stdio: "inherit", shell: false });
if (status === 0) console.log(`The contract is compatible with ${against}.`);
process.exit(status ?? 1);
