import { isIP } from "node:net";
import type { Detector } from "./detector.ts";
import { contextBefore, isGlued, numberClusters } from "./number-clusters.ts";

/** IPv4 and IPv6 addresses that can belong to somebody: loopback, unspecified and mask-like ones are left alone. */
export const ipAddresses: Detector = {
  name: "ip_addresses",
  kinds: ["ip_address"],
  run(anchors, emit, tick) {
    const { text, assignments } = anchors;
    for (const cluster of numberClusters(anchors)) {
      tick();
      if (cluster.groups.length < 4) continue;
      for (let first = 0; first + 3 < cluster.groups.length; first++) {
        if (cluster.separators.slice(first, first + 3).some((separator) => separator !== ".")) continue;
        const start = cluster.starts[first]!;
        const end = cluster.starts[first + 3]! + cluster.groups[first + 3]!.length;
        first += 3;
        if (
          isGlued(text, start, end) ||
          text[start - 1] === "." ||
          (text[end] === "." && /\d/.test(text[end + 1] ?? ""))
        )
          continue;
        if (isPersonalV4(text.slice(start, end)) && !versionWords.test(contextBefore(text, start, 16)))
          emit(start, end, "ip_address", 0.95, "v4");
      }
    }
    let passed = 0;
    for (const colon of assignments) {
      tick();
      if (
        colon < passed ||
        !isHexOrColon(text, colon + 1) ||
        !(isHexOrColon(text, colon - 1) || isHexOrColon(text, colon + 2))
      )
        continue;
      const start = startOfHex(text, colon);
      // The tail of a longer row of numbers and colons, such as a ratio, is no address.
      if (start < colon && text[start - 1] === ":") continue;
      v6.lastIndex = start;
      const match = v6.exec(text);
      if (match === null) continue;
      passed = start + match[0].length;
      const address = match[0];
      if (isIP(address) === 6 && isPersonalV6(address))
        emit(start, start + address.length, "ip_address", 0.95, "v6");
    }
  },
};

const versionWords = /version|\bv$|release|build|section|chapter/;
const v6 = /[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3})?(?![0-9A-Za-z:])/y;

function isPersonalV4(address: string): boolean {
  if (isIP(address) !== 4) return false;
  return !/^(?:0\.|127\.|255\.|22[4-9]\.|23\d\.|24\d\.|25\d\.)/.test(address) && !/\.0\.0\.0$/.test(address);
}

/** At least three groups, a digit, and a group of three or four: so `std::`, `a::b` and ratios are no addresses. */
function isPersonalV6(address: string): boolean {
  const groups = address.split(":").filter((group) => group !== "");
  return groups.length >= 3 && /\d/.test(address) && groups.some((group) => group.length >= 3);
}

function isHexOrColon(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return (code >= 48 && code <= 58) || ((code | 32) >= 97 && (code | 32) <= 102);
}

function startOfHex(text: string, colon: number): number {
  let start = colon;
  while (start > 0 && colon - start < 4 && /[0-9A-Fa-f]/.test(text[start - 1]!)) start--;
  if (start > 0 && /[0-9A-Za-z]/.test(text[start - 1]!)) return colon;
  return start;
}
