import { nameOf, parentOf } from '../../protocol/paths.js';

const PREFIX = '_c_';
const UUID_LENGTH = 36;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** What the names of all nodes made under the identity `id` begin with: `_c_<uuid>-`. */
export function protectedPrefix(id: string): string {
  return `${PREFIX}${id}-`;
}

/** The path with the identity put in front of its last component: `/a/lock-` becomes `/a/_c_<uuid>-lock-`. */
export function protectPath(path: string, id: string): string {
  const parent = parentOf(path);
  return `${parent === '/' ? '' : parent}/${protectedPrefix(id)}${nameOf(path)}`;
}

/** The identity that a node name carries, or null when the name is not protected. Accepts what Curator accepts. */
export function protectedIdOf(name: string): string | null {
  const end = PREFIX.length + UUID_LENGTH;
  if (name.length <= end + 1 || !name.startsWith(PREFIX) || name[end] !== '-') return null;
  const id = name.slice(PREFIX.length, end);
  return UUID.test(id) ? id : null;
}
