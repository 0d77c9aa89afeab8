import { Ajv, type ValidateFunction } from "ajv";

/** Compiles a schema that answers have to follow. @throws Error where it is none. */
export function compileAnswerSchema(schema: Readonly<Record<string, unknown>>): ValidateFunction {
  // Schemas come from other tools with formats and keywords of their own; those say nothing here, and are let pass.
  return new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
}

/** The JSON of an answer: all of it, or its first fenced block. Undefined where there is none. */
export function readJson(answer: string): { readonly value: unknown } | undefined {
  const fenced = /```(?:json)?[^\S\n]*\n([\s\S]*?)```/.exec(answer)?.[1];
  for (const text of [answer, fenced]) {
    if (text === undefined) continue;
    try {
      return { value: JSON.parse(text) as unknown };
    } catch {
      // Not this one.
    }
  }
  return undefined;
}
