import { create } from "@bufbuild/protobuf";
import { type Sensitivity, SensitivitySchema } from "#gen/pointsman/v1/facts_pb.ts";
import type { RouteInput } from "#gen/pointsman/v1/route_input_pb.ts";
import type { Detection, DetectOptions } from "./detect.ts";
import { visitInputStrings } from "./input-strings.ts";
import { isSecretKind, type Kind } from "./kinds.ts";
import { mapInputStrings } from "./map-input.ts";
import { tryDetectNamed } from "./named-values.ts";
import type { Protector } from "./protector.ts";
import { resolveOverlaps } from "./resolve-overlaps.ts";

/** What a request holds: found once, used for the facts that policy looks at and again for protecting. */
export type Inspection = {
  readonly sensitivity: Sensitivity;
  /** One entry for each string of the request, in the order in which they are visited. */
  readonly detections: readonly Detection[];
  /** Kinds that some detector failed to look for in some string. */
  readonly undecidedKinds: readonly Kind[];
};

/** A request that may leave. */
export type ProtectedInput = {
  readonly input: RouteInput;
  readonly sensitivity: Sensitivity;
  /** Findings by kind that were dealt with. */
  readonly counts: Readonly<Partial<Record<Kind, number>>>;
  /** If not empty, the request must be refused. */
  readonly blockedKinds: readonly Kind[];
  /** Kinds whose detector failed although nothing called them critical. */
  readonly undecidedKinds: readonly Kind[];
};

/** Searches every string of a request for every kind. */
export function inspectInput(input: RouteInput, options: Omit<DetectOptions, "kinds"> = {}): Inspection {
  const detections: Detection[] = [];
  const kinds: Record<string, number> = {};
  let secretCount = 0;
  let piiCount = 0;
  const undecided = new Set<Kind>();
  visitInputStrings(input, (text, name) => {
    const detection = tryDetectNamed(name, text, options);
    detections.push(detection);
    for (const failure of detection.failures) for (const kind of failure.kinds) undecided.add(kind);
    if (detection.found.length === 0) return;
    for (const span of resolveOverlaps(detection.found)) {
      kinds[span.kind] = (kinds[span.kind] ?? 0) + 1;
      if (isSecretKind(span.kind)) secretCount++;
      else piiCount++;
    }
  });
  const sensitivity = create(SensitivitySchema, { piiCount, secretCount, kinds });
  const undecidedKinds = [...undecided];
  return { sensitivity, detections, undecidedKinds };
}

/**
 * A copy of a request with every private value dealt with; the original stays untouched. All values are learnt before the
 * first is replaced, so that a value which only one turn gives away is protected in every turn. Throws PrivacyError if
 * a critical kind could not be looked for.
 */
export function protectInput(
  input: RouteInput,
  protector: Protector,
  inspection: Inspection = inspectInput(input),
): ProtectedInput {
  let visited = 0;
  visitInputStrings(input, (text) => protector.learn(text, inspection.detections[visited++]!));
  const counts: Partial<Record<Kind, number>> = {};
  const blocked: Kind[] = [];
  const undecided: Kind[] = [];
  visited = 0;
  const output = mapInputStrings(input, (text) => {
    const protection = protector.protect(text, inspection.detections[visited++]!);
    for (const [kind, count] of Object.entries(protection.counts))
      counts[kind as Kind] = (counts[kind as Kind] ?? 0) + count;
    blocked.push(...protection.blockedKinds);
    undecided.push(...protection.undecidedKinds);
    return protection.text;
  });
  const { sensitivity } = inspection;
  return {
    input: output,
    sensitivity,
    counts,
    blockedKinds: distinct(blocked),
    undecidedKinds: distinct(undecided),
  };
}

function distinct(kinds: readonly Kind[]): Kind[] {
  return [...new Set(kinds)];
}
