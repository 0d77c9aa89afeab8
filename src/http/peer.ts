import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import type { PeerCertificate } from "../rpc/handler.ts";

/** What the transport knows of who is at the other end. */
export interface Peer {
  readonly address: string;
  readonly certificate: PeerCertificate | undefined;
}

/** Looks at a request's socket. A certificate counts only where TLS verified it. */
export function peerOf({ socket }: IncomingMessage): Peer {
  const address = (socket.remoteAddress ?? "").replace(/^::ffff:/, "");
  const tls = socket as Partial<TLSSocket>;
  const certificate = tls.authorized ? tls.getPeerCertificate?.() : undefined;
  if (!certificate?.subject) return { address, certificate: undefined };
  const subject = Object.entries(certificate.subject)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(",");
  return {
    address,
    certificate: { subject, subjectAltNames: certificate.subjectaltname?.split(", ") ?? [] },
  };
}
