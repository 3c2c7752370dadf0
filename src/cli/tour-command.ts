import { Client } from '../client/index.js';
import { startServer } from '../testing/index.js';
import { aborted } from './aborted.js';
import { ExitStatus } from './exit-status.js';
import { TOUR_STOP_SIGNALS } from './tour-messages.js';
import { TourFailure, TourStory } from './tour-story.js';

export interface TourCommandOptions {
  /** End after the tour instead of serving on. */
  readonly once: boolean;
  /** Of the server; 0 takes a free one. */
  readonly port: number;
}

/**
 * `pinfold tour`: a server, three processes that take turns with a lock, and what happens when one of them dies. Ends
 * with 0 only when everything it told was true.
 */
export async function runTour(options: TourCommandOptions): Promise<ExitStatus> {
  const stop = new AbortController();
  for (const signal of TOUR_STOP_SIGNALS) process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
  console.log(`The pinfold tour: three processes and one lock. It takes about five seconds.\n\n1. A server`);
  const server = await startServer({ storage: 'disk', port: options.port }).catch((error: unknown) => {
    console.error(`The server cannot start: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  });
  if (server === null) return ExitStatus.failed;
  try {
    console.log(`   A coordination server runs in this process, at ${server.connectString}. It keeps its data in a temporary
   folder, and every write is on disk before it is answered.`);
    const status = await tellStory(server.connectString, stop.signal);
    if (status !== ExitStatus.ok || options.once) return status;
    console.log(nextSteps(server.connectString));
    await aborted(stop.signal);
    console.log('\nThe server stops; its temporary data goes with it.');
    return ExitStatus.ok;
  } finally {
    await server.close();
  }
}

async function tellStory(connectString: string, signal: AbortSignal): Promise<ExitStatus> {
  const client = await Client.connect(connectString);
  const story = new TourStory({ client, connectString, signal });
  try {
    await story.tell();
    return ExitStatus.ok;
  } catch (error) {
    if (signal.aborted) console.log('\nThe tour ends early: nothing of it stays behind.');
    else if (error instanceof TourFailure)
      console.error(`\nThe tour told something that is not true: ${error.message}`);
    else console.error('\nThe tour could not go on:', error);
    return ExitStatus.failed;
  } finally {
    await story.dismiss();
    await client.close();
  }
}

function nextSteps(connectString: string): string {
  return `
The server goes on serving at ${connectString} until you press Ctrl-C. Try, in another terminal, in this folder:

  node examples/lock.mjs ${connectString}
      takes a lock for ten seconds; start it in two terminals, and stop one with Ctrl-C or kill -9
  node examples/tree.mjs ${connectString}
      shows what the server holds, as any ZooKeeper client would (zkCli.sh -server ${connectString}, if you have it)

Then: README.md, and docs/guide/getting-started.md for a lock in your own program.`;
}
