import { LatencyClass, type RouteInput } from "#gen/pointsman/v1/route_input_pb.ts";

/** Whether a caller says that nobody waits for the answer. */
export function isBatch({ input }: { readonly input?: RouteInput | undefined }): boolean {
  return input?.hints?.latencyClass === LatencyClass.BATCH;
}
