// Which room of src may import which: the one table behind the linter's rule and behind test/tidy.test.ts.

/**
 * @typedef {object} Room
 * @property {string} folder relative to src; '' is src itself
 * @property {readonly string[]} mayImport folders of other rooms; what lies inside a folder that is no room of its own belongs to it
 * @property {readonly string[]} [mayImportLater] folders that only `import type` and `await import()` may name
 * @property {boolean} [pure] no I/O, no time, no chance, no promises: everything it needs is handed in
 */

const serverPure = ['server/zab', 'server/tree', 'server/sessions', 'server/watches'];
const serverOuter = ['storage', 'net', 'quorum', 'auth', 'config', 'words', 'runtime'].map((name) => `server/${name}`);
const everyServerRoom = ['server', ...serverPure, 'server/pipeline', ...serverOuter];

/** @type {readonly Room[]} */
export const rooms = [
  { folder: '', mayImport: ['client', 'recipes', 'protocol'], mayImportLater: ['testing'] },
  { folder: 'runtime', mayImport: [] },
  { folder: 'protocol', mayImport: [], pure: true },
  { folder: 'client', mayImport: ['protocol', 'runtime'] },
  { folder: 'recipes', mayImport: ['client', 'protocol', 'runtime'] },
  ...serverPure.map((folder) => ({ folder, mayImport: ['protocol'], pure: true })),
  { folder: 'server/pipeline', mayImport: ['protocol', 'runtime', ...serverPure] },
  ...serverOuter.map((folder) => ({
    folder,
    mayImport: ['protocol', 'runtime', ...serverPure, 'server/pipeline', ...serverOuter],
  })),
  { folder: 'server', mayImport: ['protocol', 'runtime', ...everyServerRoom] },
  { folder: 'testing', mayImport: ['protocol', 'runtime', 'client', 'recipes', ...everyServerRoom] },
  { folder: 'cli', mayImport: ['', 'protocol', 'runtime', 'client', 'recipes', 'testing', ...everyServerRoom] },
];

/** Files that are pure although their room is not. */
export const pureFiles = [
  'src/client/attempt-schedule.ts',
  'src/client/backoff.ts',
  'src/client/contact-times.ts',
  'src/client/held-session.ts',
  'src/client/session-automaton.ts',
  'src/client/session-effects.ts',
  'src/client/silent-refusals.ts',
  'src/client/watch-replay.ts',
  'src/client/watched-path.ts',
];

/** Names that a pure file may not mention. */
export const impureGlobals = [
  'Date',
  'Promise',
  'clearImmediate',
  'clearInterval',
  'clearTimeout',
  'console',
  'crypto',
  'fetch',
  'global',
  'globalThis',
  'performance',
  'process',
  'queueMicrotask',
  'require',
  'setImmediate',
  'setInterval',
  'setTimeout',
  'structuredClone',
];

/**
 * @param {string} path relative to the project, `/` between its parts
 * @returns {Room | undefined} undefined outside src
 */
export function roomOf(path) {
  if (!path.startsWith('src/')) return undefined;
  const inSrc = path.slice('src/'.length);
  let folder = inSrc;
  while (folder !== '') {
    folder = folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) : '';
    const room = rooms.find((candidate) => candidate.folder === folder);
    if (room) return room;
  }
  return undefined;
}

/** @param {string} path relative to the project */
export function isPure(path) {
  return roomOf(path)?.pure === true || pureFiles.includes(path);
}

/**
 * Why one file may not import another, or null when it may.
 * @param {string} from importing file, relative to the project
 * @param {string} to imported file, relative to the project
 * @param {{ later: boolean }} how `later`: it is an `import type` or an `await import()`
 * @returns {string | null}
 */
export function importRefusal(from, to, how) {
  const fromRoom = roomOf(from);
  if (!fromRoom) return null;
  const toRoom = roomOf(to);
  if (!toRoom) return `src may not import ${to}`;
  if (fromRoom === toRoom || fromRoom.mayImport.includes(toRoom.folder)) return null;
  if (how.later && fromRoom.mayImportLater?.includes(toRoom.folder)) return null;
  return `src/${fromRoom.folder} may not import src/${toRoom.folder}`;
}
