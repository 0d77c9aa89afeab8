import { expect, it } from "vitest";
import { privateKindsInId } from "./private-ids.ts";

it.each([
  ["ann@example.org", "email"],
  ["chat-with-ann.miller@example.org-7", "email"],
  [`ghp_${"GcDQDBzJ7Uh5jkqd5pjd9GWaJkmRMPjtndWp"}`, "github_token"],
  ["DE89370400440532013000", "iban"],
])("finds what is private in the id %s", (id, kind) => {
  expect(privateKindsInId(id)).toEqual([kind]);
});

it.each([
  "",
  "7f0c2a52-44c0-4b0e-9d2e-0f5b0ab9a0f1",
  "01JDFY8Z6S3KQ2W4X5Y6Z7A8B9",
  "4111111111111111",
  "order-4093642842",
  "session:203.0.113.7:42",
  "user_1234567890",
  "conversation 12",
])("leaves the id %s alone", (id) => {
  expect(privateKindsInId(id)).toEqual([]);
});
