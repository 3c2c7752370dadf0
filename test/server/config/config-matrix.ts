import { readFileSync } from 'node:fs';

/** One trial of the recorded matrix: a configuration, and what Apache ZooKeeper did with it. */
export interface MatrixCase {
  readonly name: string;
  readonly lines: readonly string[];
  /** What else was written before the start, by path. */
  readonly files: ReadonlyMap<string, string>;
  /** Null: it kept running. */
  readonly exitStatus: number | null;
}

const file = new URL('../../vectors/ops/config/bad-config-matrix.txt', import.meta.url);

/** The trials recorded in `bad-config-matrix.txt`, in its order. */
export function readConfigMatrix(): MatrixCase[] {
  const [, ...blocks] = readFileSync(file, 'utf8').split(/^### /m);
  return blocks.map((block) => {
    const [name = '', ...rest] = block.split('\n');
    const lines = rest.flatMap((line) => /^ {4}\| (.*)$/.exec(line)?.[1] ?? []);
    const setup = /^ {4}\(setup: (.*)\)$/m.exec(block)?.[1] ?? '';
    const status = /^exit status: (\d+)/m.exec(block)?.[1];
    return {
      name: name.trim(),
      lines,
      files: filesOf(setup),
      exitStatus: status === undefined ? null : Number(status),
    };
  });
}

/** Runs the three forms of shell command that the setups write files with. */
function filesOf(setup: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const command of setup.split('; ')) {
    const [, what = '', path = ''] = /^(.*) > (\S+)$/.exec(command) ?? [];
    if (what === ':') files.set(path, '');
    else if (what.startsWith('echo ')) files.set(path, `${what.slice('echo '.length)}\n`);
    else if (what.startsWith('printf ')) files.set(path, what.slice("printf '".length, -1).replaceAll('\\n', '\n'));
  }
  return files;
}
