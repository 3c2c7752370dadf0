import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Debian's Python, not whichever comes first in the path: the package belongs to it. */
export const PYTHON = '/usr/bin/python3';

/** Why kazoo cannot be run here, or null when it can. */
export function kazooPresent(): string | null {
  if (!existsSync(PYTHON)) return `${PYTHON} is missing: install Debian's package python3`;
  const imported = spawnSync(PYTHON, ['-c', 'import kazoo']);
  return imported.status === 0 ? null : `${PYTHON} has no kazoo: install Debian's package python3-kazoo`;
}
