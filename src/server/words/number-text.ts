/** A number with at most four decimals and at least one, as averages are printed. */
export function decimalText(value: number): string {
  const rounded = Math.round(value * 10_000) / 10_000;
  return Number.isInteger(rounded) ? `${rounded}.0` : String(rounded);
}

/** A session id as 64 unsigned bits in hex. */
export function sessionIdText(id: bigint): string {
  return `0x${BigInt.asUintN(64, id).toString(16)}`;
}
