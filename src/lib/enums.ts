import type { DescEnum } from "@bufbuild/protobuf";

/** An enum value as people write it in policies and read it in tables: lower case, without the enum's prefix. */
export function enumWord(description: DescEnum, value: number): string {
  return description.value[value]?.localName.toLowerCase() ?? String(value);
}

/** The number of an enum word as `enumWord` writes it; undefined where there is no such word. */
export function enumFromWord(description: DescEnum, word: string): number | undefined {
  const name = word.toUpperCase();
  return description.values.find((value) => value.localName === name)?.number;
}
