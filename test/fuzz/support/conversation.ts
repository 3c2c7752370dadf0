import fc from 'fast-check';
import { KNOWN_WORDS } from '../../../src/server/words/known-words.js';
import { FuzzLink } from './fuzz-link.js';
import type { FuzzWorld } from './fuzz-world.js';
import type { FrameSpec } from './frames.js';
import { cutsOf, FRAME_KINDS, frameOf, handshakeOf } from './frames.js';
import type { Witness } from './witness.js';

const LINKS = 4;
const WAIT_MAX_MS = 3000;

type Step =
  | { readonly kind: 'requests'; readonly link: number; readonly frames: readonly FrameSpec[]; readonly salt: number }
  | { readonly kind: 'open'; readonly link: number; readonly handshake: FrameSpec }
  | { readonly kind: 'word'; readonly link: number; readonly word: string }
  | { readonly kind: 'leave'; readonly link: number; readonly politely: boolean }
  | { readonly kind: 'stall'; readonly link: number; readonly stalled: boolean }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'settle' };

const link = fc.nat(LINKS - 1);
const salt = fc.nat(2 ** 31 - 1);
const frame: fc.Arbitrary<FrameSpec> = fc.record({ kind: fc.nat(FRAME_KINDS - 1), salt });
const frames = fc.array(frame, { minLength: 1, maxLength: 24, size: 'max' });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 20, arbitrary: fc.record({ kind: fc.constant('requests' as const), link, frames, salt }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('open' as const), link, handshake: frame }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('word' as const), link, word: fc.constantFrom(...KNOWN_WORDS) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), link, politely: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('stall' as const), link, stalled: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(WAIT_MAX_MS) }) },
  { weight: 8, arbitrary: fc.constant({ kind: 'settle' as const }) },
);

/** What some strangers do to a server, over a few connections. */
export type Script = readonly Step[];
export const script: fc.Arbitrary<Script> = fc.array(step, { minLength: 1, maxLength: 60, size: 'max' });

/** Plays a script, and sees to it that every answer is right and nobody else is disturbed. */
export class Conversation {
  /** Frames, handshakes and words that the server had to look at. */
  sent = 0;
  answered = 0;
  private readonly world: FuzzWorld;
  private readonly witness: Witness;
  private readonly links = new Map<number, FuzzLink>();
  private xid = 0;

  constructor(world: FuzzWorld, witness: Witness) {
    this.world = world;
    this.witness = witness;
  }

  async play(steps: Script): Promise<void> {
    for (const each of steps) await this.perform(each);
    for (const each of this.links.values()) each.stall(false);
    await this.settle();
    for (const index of [...this.links.keys()]) this.leave(index, false);
  }

  private async perform(each: Step): Promise<void> {
    switch (each.kind) {
      case 'requests':
        return this.requests(each.link, each);
      case 'open':
        return this.open(each.link, each.handshake);
      case 'word':
        this.fresh(each.link).send(Buffer.from(`${each.word}12345678`));
        return;
      case 'leave':
        return this.leave(each.link, each.politely);
      case 'stall':
        this.links.get(each.link)?.stall(each.stalled);
        return;
      case 'wait':
        return this.wait(each.ms);
      case 'settle':
        return this.settle();
    }
  }

  private requests(index: number, { frames: specs, salt: cutSalt }: Extract<Step, { kind: 'requests' }>): void {
    const known = this.links.get(index);
    if (known === undefined || !known.isUsable) this.open(index, { kind: 0, salt: cutSalt });
    const bytes = Buffer.concat(specs.map((spec) => frameOf(spec, (this.xid += 1))));
    this.links.get(index)?.send(bytes, cutsOf(bytes.length, cutSalt));
  }

  private open(index: number, handshake: FrameSpec): void {
    const other = [...this.links.values()].find(({ sessionId }) => sessionId !== 0n) ?? null;
    const bytes = handshakeOf(handshake, other);
    this.fresh(index).send(bytes, cutsOf(bytes.length, handshake.salt));
  }

  private fresh(index: number): FuzzLink {
    this.leave(index, false);
    const opened = new FuzzLink(this.world.connect(), {
      frameBytesMax: this.world.frameBytesMax,
      onTakeover: (sessionId) => {
        for (const each of this.links.values()) if (each.sessionId === sessionId) each.mayClose('its session moved on');
      },
    });
    this.links.set(index, opened);
    return opened;
  }

  private leave(index: number, politely: boolean): void {
    const left = this.links.get(index);
    if (left === undefined) return;
    left.check();
    if (politely) return left.finish();
    left.hangUp();
    this.sent += left.counted;
    this.answered += left.answered;
    this.links.delete(index);
  }

  private async wait(ms: number): Promise<void> {
    if (!(await this.world.wait(ms))) return;
    for (const each of this.links.values()) each.mayClose('its time was up');
    await this.witness.beat();
  }

  private async settle(): Promise<void> {
    const links = [...this.links.values()];
    await this.world.until(
      () =>
        links
          .filter(({ isSettled }) => !isSettled)
          .map((each) => each.describe())
          .join('; '),
      () => links.every(({ isSettled }) => isSettled),
    );
    for (const each of links) each.check();
    await this.witness.beat();
  }
}
