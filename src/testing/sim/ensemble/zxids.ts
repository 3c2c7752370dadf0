const EPOCH_UNIT = 2 ** 32;

export function epochOf(zxid: number): number {
  return Math.floor(zxid / EPOCH_UNIT);
}

/** Where a leader of this epoch begins. */
export function beginningOf(epoch: number): number {
  return epoch * EPOCH_UNIT;
}

/** 0: not a transaction, but where a leader of that epoch begins. */
export function counterOf(zxid: number): number {
  return zxid < 0 ? 0 : zxid % EPOCH_UNIT;
}

/** Whether nothing can be missing between the two: the next of an epoch, or the first of a later one. */
export function isNext(zxid: number, before: number): boolean {
  return zxid === before + 1 || (counterOf(zxid) === 1 && epochOf(zxid) > epochOf(before));
}

export function zxidText(zxid: number): string {
  return zxid < 0 ? String(zxid) : `(${epochOf(zxid)},${counterOf(zxid)})`;
}
