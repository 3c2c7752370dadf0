import { BadArgumentsError } from '../../client/errors.js';
import { parseSequence } from '../support/sequencer.js';

/** What the names of all items begin with. */
export const ITEM_PREFIX = 'queue-';
const BAR = '|';
const HEX = 16;
const HEX_DIGITS_MIN = 8;

/** Where an item stands. */
export interface ItemKey {
  readonly name: string;
  /** Epoch ms before which it is not delivered; 0: at once. */
  readonly dueMs: number;
  /** Items of one group are ordered by sequence number, of different groups by name. */
  readonly group: string;
  /** Null when the server cannot have made the name. */
  readonly sequence: number | null;
}

/** How one kind of queue names its items. */
export interface ItemNames {
  /** What is put later comes later: nobody needs to look whether something more urgent has come. */
  readonly isAppendOnly: boolean;
  /** Names say when an item is due. */
  readonly keepsTime: boolean;
  keyOf(name: string): ItemKey;
  /** What the item that takes the place of `name` is to be called, without the sequence number. */
  successorOf(name: string, dueMs: number | null): string;
}

/** `queue-<seq>` */
export const PLAIN_NAMES: ItemNames = {
  isAppendOnly: true,
  keepsTime: false,
  keyOf: (name) => keyOf(name, '', name.slice(ITEM_PREFIX.length)),
  successorOf: () => ITEM_PREFIX,
};

/** `queue-|<id>|<seq>`: the id does not matter for the order. */
export const ID_NAMES: ItemNames = {
  isAppendOnly: true,
  keepsTime: false,
  keyOf(name) {
    const parts = betweenBars(name);
    return keyOf(name, '', parts === null ? name : parts.rest);
  },
  successorOf: upToLastBar,
};

/** `queue-<0 or 1><8 hex digits><seq>`. Of a name without them, as Curator gives it to what has failed, the text counts. */
export const PRIORITY_NAMES: ItemNames = {
  isAppendOnly: false,
  keepsTime: false,
  keyOf(name) {
    const [, priority, rest] = PRIORITY.exec(name) ?? [];
    if (priority === undefined || rest === undefined || parseSequence(rest) === null) {
      return keyOf(name, 'plain', name.slice(ITEM_PREFIX.length));
    }
    return keyOf(name, priority, rest);
  },
  successorOf(name) {
    const { group } = PRIORITY_NAMES.keyOf(name);
    return group === 'plain' ? ITEM_PREFIX : `${ITEM_PREFIX}${group}`;
  },
};
const PRIORITY = /^queue-([01][0-9A-F]{8})(.+)$/;

/** `queue-|<epoch ms in hex>|<seq>` */
export const DELAY_NAMES: ItemNames = {
  isAppendOnly: false,
  keepsTime: true,
  keyOf(name) {
    const parts = betweenBars(name);
    if (parts === null) return keyOf(name, '', name.slice(ITEM_PREFIX.length));
    const dueMs = /^[0-9A-Fa-f]{1,13}$/.test(parts.text) ? Number.parseInt(parts.text, HEX) : 0;
    return { ...keyOf(name, '', parts.rest), dueMs };
  },
  successorOf: (name, dueMs) => (dueMs === null ? upToLastBar(name) : delayPrefix(dueMs)),
};

/** For an id as a caller gives it. */
export function idPrefix(id: string): string {
  return `${ITEM_PREFIX}${BAR}${fixedId(id)}${BAR}`;
}

/** The id as it stands in names: what would break them is replaced, as Curator does. */
export function fixedId(id: string): string {
  if (typeof id !== 'string' || id === '')
    throw new BadArgumentsError({ message: `id is ${String(id)}; it must be text` });
  return id.replace(/[/|]/g, '_');
}

/** The id in the name of an item, or null when it has none. */
export function idOf(name: string): string | null {
  return betweenBars(name)?.text ?? null;
}

/** For a priority: a 32-bit integer, of which the smaller comes first. */
export function priorityPrefix(priority: number): string {
  if (priority !== (priority | 0)) {
    throw new BadArgumentsError({ message: `priority is ${priority}; it must be a 32-bit integer` });
  }
  const digits = (priority >>> 0).toString(HEX).toUpperCase().padStart(HEX_DIGITS_MIN, '0');
  return `${ITEM_PREFIX}${priority >= 0 ? 1 : 0}${digits}`;
}

/** For an epoch in ms, from which on the item is delivered. */
export function delayPrefix(dueMs: number): string {
  if (!(Number.isSafeInteger(dueMs) && dueMs > 0)) {
    throw new BadArgumentsError({
      message: `the due time is ${dueMs}; it must be an epoch in ms, a whole number above 0`,
    });
  }
  return `${ITEM_PREFIX}${BAR}${dueMs.toString(HEX).toUpperCase().padStart(HEX_DIGITS_MIN, '0')}${BAR}`;
}

/** Which of two items is delivered first: negative when it is `a`. */
export function compareItems(a: ItemKey, b: ItemKey): number {
  if (a.dueMs !== b.dueMs) return a.dueMs - b.dueMs;
  if (a.group === b.group && a.sequence !== null && b.sequence !== null && a.sequence !== b.sequence) {
    // Sequence numbers go on with -2147483648 after 2147483647.
    return (a.sequence - b.sequence) | 0;
  }
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function keyOf(name: string, group: string, rest: string): ItemKey {
  return { name, group, sequence: parseSequence(rest), dueMs: 0 };
}

/** The text between the last two bars, and what comes after them. */
function betweenBars(name: string): { readonly text: string; readonly rest: string } | null {
  const end = name.lastIndexOf(BAR);
  const start = end <= 0 ? -1 : name.lastIndexOf(BAR, end - 1);
  return start < 0 ? null : { text: name.slice(start + 1, end), rest: name.slice(end + 1) };
}

function upToLastBar(name: string): string {
  return betweenBars(name) === null ? ITEM_PREFIX : name.slice(0, name.lastIndexOf(BAR) + 1);
}
