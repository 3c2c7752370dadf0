import type { Decoded, Json, JsonObject } from './vector-rows.js';

const CUT = /^(.*)\.\.\.\((\d+) chars\)$/s;

/** Undoes what the recorder did to very long strings: it kept their start and their length; the filler repeats. */
export function expandCut(decoded: Decoded): Decoded {
  return decoded.body === undefined ? decoded : { ...decoded, body: expandObject(decoded.body) };
}

function expandObject(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, expandValue(value)]));
}

function expandValue(value: Json): Json {
  const cut = typeof value === 'string' ? CUT.exec(value) : null;
  if (cut === null) return value;
  const [, start = '', length = '0'] = cut;
  // Two characters are one byte of hex, and two equal letters of a name.
  return start.padEnd(Number(length), start.slice(-2));
}
