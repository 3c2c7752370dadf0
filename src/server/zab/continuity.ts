import { counterOf, epochOf, type Zxid } from '../../protocol/zxid.js';

/** Whether a transaction may stand right behind another: the next of its epoch, or the first of a later one (4.9). */
export function follows(next: Zxid, previous: Zxid): boolean {
  if (next === previous + 1 && counterOf(next) !== 0) return true;
  return epochOf(next) > epochOf(previous) && counterOf(next) === 1;
}
