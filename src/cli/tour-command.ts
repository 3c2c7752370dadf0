import { Client } from '../client/index.js';
import { aborted } from './aborted.js';
import { ExitStatus } from './exit-status.js';
import { LocalEnsemble } from './local-ensemble.js';
import { TourFailure } from './tour-failure.js';
import { TOUR_SETTINGS, TOUR_STOP_SIGNALS } from './tour-messages.js';
import { TourStory } from './tour-story.js';

export interface TourCommandOptions {
  /** End after the tour instead of serving on. */
  readonly once: boolean;
  /** Of the first server, for clients; 0 takes free ones. */
  readonly port: number;
}

const SERVERS = 3;
const ENDS_EARLY = '\nThe tour ends early: nothing of it stays behind.';

/**
 * `pinfold tour`: three servers, three processes that take turns with a lock, and what happens when one of either dies.
 * Ends with 0 only when everything it told was true.
 */
export async function runTour({ once, port }: TourCommandOptions): Promise<ExitStatus> {
  const stop = new AbortController();
  for (const signal of TOUR_STOP_SIGNALS) process.on(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
  console.log(
    `The pinfold tour: three servers, three workers and one lock. It takes about ten seconds.\n\n1. Three servers`,
  );
  const ensemble = await LocalEnsemble.start({
    voters: SERVERS,
    observers: 0,
    directory: null,
    basePort: port === 0 ? null : port,
    set: TOUR_SETTINGS,
  });
  try {
    if (!(await areServing(ensemble, stop.signal))) return ExitStatus.failed;
    const status = await tellStory(ensemble, stop.signal);
    if (status !== ExitStatus.ok || once) return status;
    console.log(nextSteps(ensemble.connectString));
    await aborted(stop.signal);
    console.log('\nThe servers stop; their temporary data go with them.');
    return ExitStatus.ok;
  } finally {
    await ensemble.stop();
  }
}

async function areServing(ensemble: LocalEnsemble, signal: AbortSignal): Promise<boolean> {
  try {
    await ensemble.serving(signal);
  } catch (error) {
    if (signal.aborted) console.log(ENDS_EARLY);
    else console.error(`The servers cannot start: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
  for (const { name, pid, address, mode } of ensemble.servers) {
    console.log(`   ${name} (process ${pid}) serves at ${address}: ${mode ?? ''}`);
  }
  console.log(`   Each keeps its data in a temporary folder. A write is on the disks of two of them before it is answered:
   any one of them may fail.`);
  return true;
}

async function tellStory(ensemble: LocalEnsemble, signal: AbortSignal): Promise<ExitStatus> {
  const client = await Client.connect(ensemble.connectString);
  const story = new TourStory({ client, ensemble, signal });
  try {
    await story.tell();
    return ExitStatus.ok;
  } catch (error) {
    if (signal.aborted) console.log(ENDS_EARLY);
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
The servers go on serving at ${connectString} until you press Ctrl-C. Try, in another terminal, in this folder:

  node examples/lock.mjs ${connectString}
      takes a lock for ten seconds; start it in two terminals, and stop one with Ctrl-C or kill -9
  node examples/tree.mjs ${connectString}
      shows what they hold, as any ZooKeeper client would (zkCli.sh -server ${connectString}, if you have it)

And kill -9 one of them.

Then: README.md, and docs/guide/getting-started.md for a lock in your own program.`;
}
