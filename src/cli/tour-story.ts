import type { Client } from '../client/index.js';
import { TransactionError } from '../client/index.js';
import { InterProcessMutex } from '../recipes/index.js';
import { aborted } from './aborted.js';
import { TOUR_LEDGER, TOUR_LOCK, TOUR_SESSION_MS } from './tour-messages.js';
import type { LocalEnsemble } from './local-ensemble.js';
import { killLeaderAtWork } from './tour-failover.js';
import { TourFailure } from './tour-failure.js';
import { TourWorkerProcess } from './tour-worker-process.js';

interface Turn {
  readonly worker: TourWorkerProcess;
  readonly token: number;
  readonly path: string;
}

/**
 * The tour's story: workers in processes of their own take turns with a lock, one is killed while holding it, its late
 * write is refused, and the leader of the servers is killed at work. Everything it tells is checked as it happens.
 */
export class TourStory {
  readonly #client: Client;
  readonly #ensemble: LocalEnsemble;
  readonly #signal: AbortSignal;
  readonly #workers: TourWorkerProcess[] = [];
  readonly #turns: Turn[] = [];
  /** Whoever has said that it holds the lock and not yet that it gives it back. */
  readonly #inside = new Set<TourWorkerProcess>();

  constructor(parts: { client: Client; ensemble: LocalEnsemble; signal: AbortSignal }) {
    this.#client = parts.client;
    this.#ensemble = parts.ensemble;
    this.#signal = parts.signal;
  }

  async tell(): Promise<void> {
    const [one, two, three] = await this.#hire();
    const first = await this.#chapterOneAtATime([one, two, three]);
    const second = await this.#chapterHandOver(first, two);
    const third = await this.#chapterDeath(second, three);
    await this.#chapterLateWrite(second, third);
    await this.#chapterLeader(third);
    await this.#end(third);
  }

  /** Whatever happened: no process of the tour stays behind. */
  async dismiss(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.kill()));
  }

  async #hire(): Promise<[TourWorkerProcess, TourWorkerProcess, TourWorkerProcess]> {
    await this.#client.create('/tour', null, { mode: 'container' });
    await this.#client.create(TOUR_LEDGER, 'nobody was here');
    const hire = (name: string): TourWorkerProcess => {
      const worker = new TourWorkerProcess(name, this.#ensemble.connectString);
      this.#workers.push(worker);
      return worker;
    };
    const hired: [TourWorkerProcess, TourWorkerProcess, TourWorkerProcess] = [
      hire('worker 1'),
      hire('worker 2'),
      hire('worker 3'),
    ];
    await Promise.all(hired.map((worker) => worker.reported('ready', this.#signal)));
    return hired;
  }

  async #chapterOneAtATime(workers: readonly [TourWorkerProcess, ...TourWorkerProcess[]]): Promise<Turn> {
    say(`
2. One at a time
   Three workers, each a process of its own, ask for the same lock. A lock lets one of them in at a time,
   in the order in which they asked.
`);
    const [first, ...others] = workers;
    first.order('ask');
    const turn = await this.#turnOf(first);
    say(`   worker 1 (process ${first.pid}) asks for the lock and has it, with token ${turn.token}`);
    for (const [index, worker] of others.entries()) {
      worker.order('ask');
      await this.#lineOf(index + 2);
      say(`   ${worker.name} (process ${worker.pid}) asks for the lock and waits, ${index + 1} ahead of it`);
    }
    say(`
   The token is a number that grows with each new holder. Whatever the lock protects can look at the token
   of a write, and so tell the present holder from an earlier one.
`);
    await this.#write(turn);
    return turn;
  }

  async #chapterHandOver(turn: Turn, next: TourWorkerProcess): Promise<Turn> {
    turn.worker.order('release');
    const releasing = await this.#leaves(turn);
    const following = await this.#turnOf(next);
    const tookMs = this.#client.monotonicMs() - releasing;
    say(`   worker 1 gives the lock back, and ends`);
    say(`   worker 2 has the lock ${tookMs.toFixed(0)} ms later, with token ${following.token}`);
    await turn.worker.reported('released', this.#signal);
    await turn.worker.ended();
    return following;
  }

  async #chapterDeath(turn: Turn, next: TourWorkerProcess): Promise<Turn> {
    say(`
3. The holder dies
   worker 2 is killed while it holds the lock. It cannot give it back, and nobody tells the servers. But it
   had a session there: when they hear nothing from it for ${TOUR_SESSION_MS / 1000} seconds, the session ends, and the lock
   that hung on it is free. (How long is for each client to choose.)
`);
    this.#inside.delete(turn.worker);
    await turn.worker.kill();
    const killedMs = this.#client.monotonicMs();
    say(`   worker 2 (process ${turn.worker.pid}) is dead`);
    const following = await this.#turnOf(next);
    const waitedMs = this.#client.monotonicMs() - killedMs;
    say(`   worker 3 has the lock ${(waitedMs / 1000).toFixed(1)} s later, with token ${following.token}`);
    await this.#write(following);
    return following;
  }

  async #chapterLateWrite(dead: Turn, present: Turn): Promise<void> {
    say(`
4. A late write
   Had worker 2 been frozen instead of killed, it would wake up now and finish its write, sure that it holds
   the lock. No lock can stop it. A guarded write can: it says "only if my place at the lock still exists".
   The tour sends that write as worker 2 would have:
`);
    const late = this.#client.transaction().check(dead.path).setData(TOUR_LEDGER, 'worker 2 was here');
    const outcome: unknown = await late.commit({ signal: this.#signal }).catch((error: unknown) => error);
    if (!(outcome instanceof TransactionError))
      throw new TourFailure(`the late write was not refused: ${String(outcome)}`);
    const ledger = (await this.#client.getData(TOUR_LEDGER)).data?.toString();
    if (ledger !== 'worker 3 was here')
      throw new TourFailure(`the ledger says ${String(ledger)} after a refused write`);
    say(`   worker 2 writes with token ${dead.token}, after ${present.token} was given out: refused`);
    say(`   the ledger still says "${ledger}"`);
  }

  async #chapterLeader(turn: Turn): Promise<void> {
    say(`
5. The leader dies
   Writes go through one of the servers, the leader. It is killed, in the middle of the work: this process
   writes one node after the other, and worker 3 still holds the lock.
`);
    const failover = await killLeaderAtWork(this.#client, this.#ensemble, this.#signal);
    const { dead, next, before, accepted } = failover;
    say(`   ${dead.name} (process ${failover.deadPid}), the leader, is dead after ${before} writes`);
    say(`   ${next.name} leads now, and takes the next write ${failover.handOverMs.toFixed(0)} ms after the kill`);
    say(`   ${accepted} writes were accepted in all, and are there: none is lost, none is there twice`);
    await this.#write(turn);
    say(`   Its session went on at the servers that are left, and with it the lock.`);
    dead.start();
    await this.#ensemble.until(() => dead.mode !== null, this.#signal);
    say(`   ${dead.name} is started again (process ${dead.pid}), catches up, and is a ${dead.mode ?? ''}`);
  }

  async #end(turn: Turn): Promise<void> {
    turn.worker.order('release');
    await turn.worker.reported('released', this.#signal);
    await turn.worker.ended();
    const left = await new InterProcessMutex(this.#client, TOUR_LOCK).participants();
    if (left.length > 0) throw new TourFailure(`somebody is still at the lock: ${left.join(', ')}`);
    const tokens = this.#turns.map(({ token }) => token);
    say(`
   All of this was checked as it happened: never two holders at once, each write of the holder taken, the late one
   refused, no accepted write lost, nobody left at the lock, and tokens that grew:
   ${tokens.join(' < ')}`);
  }

  /** Waits until the worker says that it holds the lock, and checks that it may. */
  async #turnOf(worker: TourWorkerProcess): Promise<Turn> {
    const { token, path } = await worker.reported('holds', this.#signal);
    if (this.#inside.size > 0) throw new TourFailure(`${worker.name} has the lock while another holds it`);
    const before = this.#turns.at(-1);
    if (before !== undefined && before.token >= token) {
      throw new TourFailure(`token ${token} of ${worker.name} is not larger than ${before.token} before it`);
    }
    const [holder] = await new InterProcessMutex(this.#client, TOUR_LOCK).participants();
    if (holder !== path) throw new TourFailure(`${worker.name} is not the first at the lock, ${String(holder)} is`);
    const turn = { worker, token, path };
    this.#inside.add(worker);
    this.#turns.push(turn);
    return turn;
  }

  /** Ms of the clock when the holder began to give the lock back. */
  async #leaves(turn: Turn): Promise<number> {
    await turn.worker.reported('releasing', this.#signal);
    this.#inside.delete(turn.worker);
    return this.#client.monotonicMs();
  }

  async #write({ worker, token }: Turn): Promise<void> {
    worker.order('write');
    const { text } = await worker.reported('wrote', this.#signal);
    const { data } = await this.#client.getData(TOUR_LEDGER);
    if (data?.toString() !== text) throw new TourFailure(`the write of ${worker.name} is not there`);
    say(`   ${worker.name} writes "${text}" into the ledger, with token ${token}: accepted`);
  }

  /** Waits until so many stand in line, the holder included. */
  async #lineOf(length: number): Promise<void> {
    for (;;) {
      const { children, watch } = await this.#client.getChildren(TOUR_LOCK, { watch: true, signal: this.#signal });
      if (children.length === length) {
        await watch.close();
        return;
      }
      await Promise.race([watch.fired, aborted(this.#signal)]);
    }
  }
}

function say(text: string): void {
  console.log(text);
}
