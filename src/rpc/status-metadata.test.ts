import type { IncomingHttpHeaders } from "node:http2";
import { Metadata } from "@grpc/grpc-js";
import { expect, it } from "vitest";
import { StatusMetadata } from "./status-metadata.ts";

it.each([0, 1, 2, 3, 4, 5])("sends %i bytes without padding, and they come back", (length) => {
  const bytes = Buffer.alloc(length, 0xfb);
  const metadata = new StatusMetadata();
  metadata.set("grpc-status-details-bin", bytes);
  const headers = metadata.clone().toHttp2Headers();
  expect(headers["grpc-status-details-bin"]).toBe(bytes.toString("base64").replaceAll("=", ""));
  expect(Metadata.fromHttp2Headers(headers as IncomingHttpHeaders).get("grpc-status-details-bin")).toEqual([
    bytes,
  ]);
});

it("leaves text alone, and treats each of several binary values", () => {
  const metadata = new StatusMetadata();
  metadata.set("text", "a==");
  metadata.add("many-bin", Buffer.from("a"));
  metadata.add("many-bin", Buffer.from("ab"));
  expect(metadata.toHttp2Headers()).toEqual({ text: "a==", "many-bin": ["YQ", "YWI"] });
});
