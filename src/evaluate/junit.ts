import type { Change } from "./regressions.ts";
import type { Result } from "./results.ts";

/** The results as JUnit XML, a test suite for each candidate, as CI systems read it. */
export function junitXml(
  name: string,
  results: readonly Result[],
  regressions: readonly Pick<Change, "scenario" | "candidate">[],
): string {
  const worse = new Set(regressions.map(({ candidate, scenario }) => `${candidate} ${scenario}`));
  const suites = [...Map.groupBy(results, ({ candidate }) => candidate)].map(([candidate, own]) => {
    const cases = own.map((result) => testCase(result, worse.has(`${candidate} ${result.scenario}`)));
    return [`  <testsuite name="${escapeXml(candidate)}" ${counts(own)}>`, ...cases, "  </testsuite>"].join(
      "\n",
    );
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${escapeXml(name)}" ${counts(results)}>`,
    ...suites,
    "</testsuites>",
    "",
  ].join("\n");
}

function counts(results: readonly Result[]): string {
  const count = (status: Result["status"]): number => results.filter((one) => one.status === status).length;
  return `tests="${results.length}" failures="${count("failed")}" errors="${count("error")}" skipped="${count("skipped")}" time="${seconds(results)}"`;
}

function testCase(result: Result, regressed: boolean): string {
  const { scenario, candidate, repetition, status, failures } = result;
  const label = repetition === 0 ? scenario : `${scenario} #${repetition + 1}`;
  const head = `    <testcase name="${escapeXml(label)}" classname="${escapeXml(candidate)}" time="${seconds([result])}"`;
  if (status === "passed") return `${head}/>`;
  const message = `${regressed ? "regression: " : ""}${failures.map((one) => `${one.kind}: ${one.message}`).join("; ")}`;
  if (status === "skipped") return `${head}><skipped message="${escapeXml(message)}"/></testcase>`;
  const element = status === "failed" ? "failure" : "error";
  const text = result.answer === "" ? "" : `Answered by ${result.target}:\n${result.answer}`;
  const type = escapeXml(failures[0]?.kind ?? "unknown");
  return `${head}><${element} type="${type}" message="${escapeXml(message)}">${escapeXml(text)}</${element}></testcase>`;
}

function seconds(results: readonly Result[]): string {
  return (results.reduce((sum, { latency_ms }) => sum + latency_ms, 0) / 1000).toFixed(3);
}

/** Text for XML 1.0, in content and attributes; what XML cannot hold at all becomes a replacement character. */
function escapeXml(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 has no way to write these
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
  );
}
