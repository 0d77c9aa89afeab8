import { Metadata } from "@grpc/grpc-js";

/**
 * Trailers whose binary values leave without padding, as gRPC asks of those who send (and accepts both ways of those
 * who receive). @grpc/grpc-js pads.
 */
export class StatusMetadata extends Metadata {
  /** The transport sends a copy, so a copy must be of this class as well. */
  override clone(): StatusMetadata {
    const copy = new StatusMetadata(this.getOptions());
    copy.merge(this);
    return copy;
  }

  override toHttp2Headers(): ReturnType<Metadata["toHttp2Headers"]> {
    const headers = super.toHttp2Headers();
    for (const [name, value] of Object.entries(headers)) {
      if (!name.endsWith("-bin") || value === undefined) continue;
      headers[name] = Array.isArray(value) ? value.map(withoutPadding) : withoutPadding(String(value));
    }
    return headers;
  }
}

function withoutPadding(base64: string): string {
  const end = base64.indexOf("=");
  return end < 0 ? base64 : base64.slice(0, end);
}
