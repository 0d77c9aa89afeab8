import { judgeNamedValue } from "./assigned-secrets.ts";
import { type Detection, type DetectOptions, tryDetect } from "./detect.ts";

/**
 * Searches a value that stands under a name, as in JSON: `{"password": "open sesame"}`, `{"phone": "5550123"}`. The name
 * says what the value is, as the words before it do in prose. Positions are those in the value.
 */
export function tryDetectNamed(
  name: string | undefined,
  value: string,
  options: DetectOptions = {},
): Detection {
  if (name === undefined || name === "") return tryDetect(value, options);
  const secret = judgeNamedValue(name, value);
  if (secret !== undefined && (options.kinds === undefined || options.kinds.has(secret.kind))) {
    return {
      found: [{ start: 0, end: value.length, ...secret, detector: "named_values" }],
      failures: [],
    };
  }
  const prefix = `${spelledOut(name)}: `;
  const { found, failures } = tryDetect(prefix + value, options);
  const moved = found
    .filter((span) => span.end > prefix.length)
    .map((span) => ({
      ...span,
      start: Math.max(0, span.start - prefix.length),
      end: span.end - prefix.length,
    }));
  return { found: moved, failures };
}

/** `dateOfBirth` and `date_of_birth` as "date of birth", so that the words in it are recognised. */
function spelledOut(name: string): string {
  return name
    .slice(-64)
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replace(/[_-]+/g, " ")
    .toLowerCase();
}
