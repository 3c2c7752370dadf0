import { spawn } from 'node:child_process';

/** @import { ChildProcess } from 'node:child_process' */

/**
 * A shell that reads which process groups there are, and ends them when nothing more can be read: when whoever wrote is gone,
 * however it went. It takes no notice of the signals that end a test run from the keyboard.
 */
const SCRIPT = `
trap '' INT TERM HUP
pids=' '
while read -r verb pid; do
  case $verb in
    add) pids="$pids$pid " ;;
    drop) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
  esac
done
for pid in $pids; do kill -KILL "-$pid"; done
`;

/** @type {ChildProcess | null} */
let executor = null;

/**
 * The process group must not outlive this process, even if it is ended by SIGKILL.
 * @param {number} pid
 */
export function addToLastWill(pid) {
  executor ??= start();
  executor.stdin?.write(`add ${pid}\n`);
}

/** @param {number} pid */
export function dropFromLastWill(pid) {
  executor?.stdin?.write(`drop ${pid}\n`);
}

function start() {
  const child = spawn('sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  // Neither it nor the pipe to it is a reason for a test process to live on.
  child.unref();
  child.stdin.on('error', () => undefined);
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
  return child;
}
