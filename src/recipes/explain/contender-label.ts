import { hostname } from 'node:os';

/** Who stands behind a node. */
export interface ContenderLabel {
  readonly label: string | null;
  readonly host: string | null;
  readonly pid: number | null;
}

const NOBODY: ContenderLabel = { label: null, host: null, pid: null };
/** Longer data is not meant for people to read in a table. */
const TEXT_MAX = 200;

/**
 * Data for the node of a lock, latch or semaphore by which `explain` tells who stands behind it: JSON with this machine's
 * name, this process's number and `label`. Give it as the recipe's `data`.
 */
export function contenderLabel(label: string, { host = hostname(), pid = process.pid } = {}): string {
  return JSON.stringify({ host, pid, label });
}

/** What a node's data says of who made it. */
export function readLabel(data: Buffer | null): ContenderLabel {
  const text = data === null ? '' : data.toString('utf8');
  if (text === '') return NOBODY;
  const fields = fieldsOf(text);
  if (fields === null) return { ...NOBODY, label: isReadable(text) ? text : null };
  const { label, host, pid } = fields;
  return {
    label: typeof label === 'string' ? label : null,
    host: typeof host === 'string' ? host : null,
    pid: typeof pid === 'number' ? pid : null,
  };
}

/** Null when it is not the JSON of a label. */
function fieldsOf(text: string): Readonly<Record<string, unknown>> | null {
  if (!text.startsWith('{')) return null;
  try {
    const value = JSON.parse(text) as Readonly<Record<string, unknown>>;
    return 'label' in value || 'host' in value || 'pid' in value ? value : null;
  } catch {
    return null;
  }
}

function isReadable(text: string): boolean {
  return text.length <= TEXT_MAX && !/[\p{Cc}\p{Co}\p{Cn}\uFFFD]/u.test(text);
}
