import { fourLetterWord } from '../../interop/support/ports.js';

/** A server to run a recipe's suite on: ours in this process, or somebody else's in another. */
export interface LiveServer {
  readonly connectString: string;
  readonly port: number;
  close(): Promise<void>;
}

/** A server in this process answers when the test lets it. */
const WORD_TIMEOUT_MS = 20_000;

/** One line of `mntr`, as a number. */
export async function metric(server: LiveServer, name: string): Promise<number> {
  const answer = await fourLetterWord(server.port, 'mntr', WORD_TIMEOUT_MS);
  const line = answer.split('\n').find((each) => each.startsWith(`${name}\t`));
  if (line === undefined) throw new Error(`mntr does not tell ${name}:\n${answer}`);
  return Number(line.slice(name.length + 1));
}
