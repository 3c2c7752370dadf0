import { fourLetterWord } from '../../interop/support/ports.js';

/** A server to run a recipe's suite on: ours in this process, or somebody else's in another. */
export interface LiveServer {
  readonly connectString: string;
  readonly port: number;
  close(): Promise<void>;
}

/** One line of `mntr`, as a number. */
export async function metric(server: LiveServer, name: string): Promise<number> {
  const answer = await fourLetterWord(server.port, 'mntr');
  const line = answer.split('\n').find((each) => each.startsWith(`${name}\t`));
  if (line === undefined) throw new Error(`mntr does not tell ${name}:\n${answer}`);
  return Number(line.slice(name.length + 1));
}
