/** Why a path cannot name a znode, or null when it can: the full check of create, setData, setACL and check (client-protocol 4.7). */
export function pathFault(path: string | null): string | null {
  if (path === null) return 'the path is null';
  // Its callers are programs, too, of which not all are checked by a compiler.
  if (typeof path !== 'string') return `the path is ${typeof path}, and no text`;
  if (path.length === 0) return 'the path is empty';
  if (path.charCodeAt(0) !== SLASH) return `the path ${JSON.stringify(path)} does not start with /`;
  if (path.length === 1) return null;
  if (path.charCodeAt(path.length - 1) === SLASH) return `the path ${JSON.stringify(path)} ends with /`;
  return componentFault(path);
}

/** Why a text cannot be the name of a node below another, or null when it can. */
export function nameFault(name: string): string | null {
  if (typeof name !== 'string') return `it is ${name === null ? 'null' : typeof name}, and no text`;
  if (name === '' || name.includes('/')) return `${JSON.stringify(name)} must be part of a path`;
  return pathFault(`/${name}`);
}

const SLASH = 0x2f;
const DOT = 0x2e;

function componentFault(path: string): string | null {
  let start = 1;
  for (let i = 1; i <= path.length; i++) {
    const unit = i < path.length ? path.charCodeAt(i) : SLASH;
    if (unit !== SLASH) {
      if (isForbiddenUnit(unit))
        return `the path ${JSON.stringify(path)} has the character 0x${unit.toString(16)} at ${i}`;
      continue;
    }
    const length = i - start;
    if (length === 0) return `the path ${JSON.stringify(path)} has an empty component`;
    if (path.charCodeAt(start) === DOT && (length === 1 || (length === 2 && path.charCodeAt(start + 1) === DOT))) {
      return `the path ${JSON.stringify(path)} has a relative component`;
    }
    start = i + 1;
  }
  return null;
}

function isForbiddenUnit(unit: number): boolean {
  if (unit > 0x1f && unit < 0x7f) return false;
  return unit <= 0x9f || (unit >= 0xd800 && unit <= 0xf8ff) || (unit >= 0xfff0 && unit <= 0xffff);
}

/** `/` for a top-level node. The path must contain a slash. */
export function parentOf(path: string): string {
  const at = path.lastIndexOf('/');
  return at <= 0 ? '/' : path.slice(0, at);
}

/** The last component. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** `/a` + `b`, minding that the root already ends with a slash. */
export function childOf(parent: string, name: string): string {
  return parent === '/' || parent === '' ? `/${name}` : `${parent}/${name}`;
}

/** The ten-digit (eleven when negative) ending of a sequential node: a signed 32-bit counter (client-protocol 4.4). */
export function sequenceSuffix(counter: number): string {
  return counter < 0 ? `-${String(-counter).padStart(9, '0')}` : String(counter).padStart(10, '0');
}
