const roomForUsualTexts = 32_768;
/** Zeros behind a text, so that a look at the next characters needs no check for its end. */
const margin = 16;
const usual = new Uint16Array(roomForUsualTexts + margin);
const usualBytes = Buffer.from(usual.buffer);

/**
 * The UTF-16 code units of a text as numbers in an array, followed by zeros: reading them there costs a third of asking the
 * string for each. Usual texts share one array, which is overwritten by the next call; `lasting` asks for one of its own.
 */
export function readUnits(text: string, lasting = false): Uint16Array {
  const { length } = text;
  if (lasting || length > roomForUsualTexts) {
    const units = new Uint16Array(length + margin);
    Buffer.from(units.buffer).write(text, "utf16le");
    return units;
  }
  usualBytes.write(text, "utf16le");
  usual.fill(0, length, length + margin);
  return usual;
}
