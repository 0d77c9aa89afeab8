/** Which of many values stand in given bytes: one pass over the bytes, whatever the number of values. */
export function createValueFinder(values: Iterable<string>): (bytes: Uint8Array) => string[] {
  const byHead = new Map<number, Buffer[]>();
  const names = new Map<Buffer, string>();
  for (const value of new Set(values)) {
    // A value in JSON text has its line ends and quotes escaped.
    for (const form of new Set([value, JSON.stringify(value).slice(1, -1)])) {
      const bytes = Buffer.from(form, "utf8");
      const head = bytes.readUInt32LE(0);
      byHead.set(head, [...(byHead.get(head) ?? []), bytes]);
      names.set(bytes, value);
    }
  }
  return (given) => {
    const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
    const found = new Set<string>();
    let head = 0;
    for (let end = 1; end <= bytes.length; end++) {
      head = (head >>> 8) | ((bytes[end - 1] as number) << 24);
      if (end < 4) continue;
      const start = end - 4;
      for (const value of byHead.get(head >>> 0) ?? [])
        if (bytes.compare(value, 0, value.length, start, start + value.length) === 0)
          found.add(names.get(value) as string);
    }
    return [...found];
  };
}
