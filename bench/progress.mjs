// What is said while it runs, on standard error: the tables alone go to standard output.

const startedMs = Date.now();

/** @param {string} line */
export function say(line) {
  const seconds = Math.round((Date.now() - startedMs) / 1000);
  const at = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  console.error(`[${at}] ${line}`);
}

/** @param {string} line something the reader of the figures has to know */
export function warn(line) {
  console.error(`\n*** ${line}\n`);
}
