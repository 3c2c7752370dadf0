import type { Client } from '../../../src/client/index.js';
import type { HerdCrowd, HerdStage } from './herd-case.js';

/** Steps that are counted; a shorter line gives fewer. */
export const STEPS = 4;

/** What somebody has until it gives it back. */
export interface Taken {
  release(): Promise<void>;
}

export interface CrowdInLine {
  readonly waiters: number;
  readonly take: (client: Client) => Promise<Taken>;
  /** Where they stand in line, and how many when all have come. */
  readonly line: { readonly path: string; readonly length: number };
}

/** One holds, the others stand in line; each who gets it gives it back at the next step. */
export async function crowdInLine(stage: HerdStage, { waiters, take, line }: CrowdInLine): Promise<HerdCrowd> {
  const [first, ...others] = (await stage.clients(waiters + 1)) as [Client, ...Client[]];
  const takers = new Takers(take);
  let holder = await take(first);
  for (const client of others) takers.start(client);
  await stage.children(line.path, line.length);
  return {
    steps: Math.min(STEPS, waiters),
    step: async () => {
      const next = takers.next();
      await holder.release();
      holder = await next;
    },
  };
}

/** Who want something and will have it one after the other. */
export class Takers {
  readonly #take: (client: Client) => Promise<Taken>;
  readonly #come: Taken[] = [];
  readonly #awaited: ((taken: Taken) => void)[] = [];

  constructor(take: (client: Client) => Promise<Taken>) {
    this.#take = take;
  }

  start(client: Client): void {
    this.#take(client).then(
      (taken) => {
        const waiting = this.#awaited.shift();
        if (waiting === undefined) this.#come.push(taken);
        else waiting(taken);
      },
      // The crowd has left.
      () => undefined,
    );
  }

  /** The next one that gets it. */
  next(): Promise<Taken> {
    const [come] = this.#come.splice(0, 1);
    return come === undefined ? new Promise((resolve) => this.#awaited.push(resolve)) : Promise.resolve(come);
  }
}
