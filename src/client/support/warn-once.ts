const LIMIT = 1000;
const said = new Set<string>();

/** Says something about a path once in the life of the process, as a Node warning: visible, and fatal to nobody. */
export function warnOnce(code: string, path: string, message: string): void {
  const key = `${code} ${path}`;
  if (said.has(key) || said.size >= LIMIT) return;
  said.add(key);
  process.emitWarning(message, { type: 'PinfoldWarning', code });
}
