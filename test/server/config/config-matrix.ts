import { readFileSync } from 'node:fs';

/** One trial of the recorded matrix: a configuration, and what Apache ZooKeeper did with it. */
export interface MatrixCase {
  readonly name: string;
  readonly lines: readonly string[];
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
    const status = /^exit status: (\d+)/m.exec(block)?.[1];
    return { name: name.trim(), lines, exitStatus: status === undefined ? null : Number(status) };
  });
}
