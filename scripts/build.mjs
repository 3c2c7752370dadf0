// Compiles src to dist and bundles the command. It works beside dist and swaps at the end, so that a process started
// from dist never sees half a build, and a build that fails leaves the last good one alone.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { bundleCommand } from './bundle-command.mjs';
import { projectRoot } from './dist-state.mjs';

const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const dist = `${projectRoot}/dist`;
// Beside dist, not inside: the relative paths in the source maps must stay true after the swap.
const fresh = `${dist}.${process.pid}.new`;

const compiled = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', fresh], {
  cwd: projectRoot,
  stdio: 'inherit',
});
if (compiled.status !== 0) {
  rmSync(fresh, { recursive: true, force: true });
  process.exit(compiled.status ?? 1);
}
try {
  await bundleCommand(fresh);
} catch (error) {
  rmSync(fresh, { recursive: true, force: true });
  throw error;
}
chmodSync(`${fresh}/cli/main.js`, 0o755);

const old = `${dist}.${process.pid}.old`;
if (existsSync(dist)) renameSync(dist, old);
renameSync(fresh, dist);
rmSync(old, { recursive: true, force: true });
