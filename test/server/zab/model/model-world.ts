import { epochOf } from '../../../../src/protocol/zxid.js';
import { packetTypeName } from '../../../../src/protocol/quorum/packet-type.js';
import { majorityOf, type QuorumVerifier } from '../../../../src/server/zab/quorum-verifier.js';
import { SeededRandom } from '../../../support/seeded-random.js';
import { ModelBook } from './model-book.js';
import { ModelLeader } from './model-leader.js';
import { ModelLearner } from './model-learner.js';
import { ModelLink } from './model-link.js';
import { ModelServer } from './model-server.js';
import { zxidText } from '../support/packets.js';

export interface ModelPlan {
  readonly seed: number;
  readonly participants: number;
  readonly observers: number;
  /** Follows, and is in no configuration. */
  readonly outsiders: number;
  readonly steps: number;
  /** Where elections may have any outcome: what is safe must be so without them. */
  readonly wildElections: number;
  /** How often something breaks, a step. */
  readonly faults: number;
  /** How much clients write: syncs wait for that, so their own promises show where there is little of it. */
  readonly writes: number;
  /** How often a leader is told that time passes: the less, the longer one may believe that it still leads. */
  readonly ticks: number;
  readonly isTold: boolean;
}

/** What has happened, by name. */
export type Tally = Map<string, number>;

/** An ensemble in which everything that may happen happens at random, one thing a step; after each everything has to be right. */
export class ModelWorld {
  readonly random: SeededRandom;
  readonly book = new ModelBook();
  readonly verifier: QuorumVerifier;
  private readonly plan: ModelPlan;
  private readonly tally: Tally;
  private readonly servers: ModelServer[] = [];
  private readonly voters: ModelServer[];
  private links: ModelLink[] = [];
  private names = 0;
  /** What has happened last, for who wants to know how it came to an error. */
  readonly story: string[] = [];

  constructor(plan: ModelPlan, tally: Tally) {
    this.plan = plan;
    this.tally = tally;
    this.random = new SeededRandom(plan.seed);
    const all = plan.participants + plan.observers + plan.outsiders;
    for (let sid = 1; sid <= all; sid++) {
      const isObserver = sid > plan.participants && sid <= plan.participants + plan.observers;
      this.servers.push(new ModelServer(sid, this, { isObserver }));
    }
    this.voters = this.servers.slice(0, plan.participants);
    this.verifier = majorityOf(this.voters.map(({ sid }) => sid));
  }

  run(): void {
    for (let step = 0; step < this.plan.steps; step++) {
      this.step();
      this.check();
    }
  }

  nextName(): number {
    return ++this.names;
  }

  note(sid: number, what: string): void {
    if (this.plan.isTold) this.story.push(`${sid}: ${what}`);
  }

  tell(what: string): void {
    this.tally.set(what, (this.tally.get(what) ?? 0) + 1);
  }

  count(type: number): void {
    this.tell(packetTypeName(type));
  }

  private step(): void {
    const { random } = this;
    if (random.chance(this.plan.faults)) return this.fault();
    const dice = random.float();
    if (dice < 0.62) this.deliver();
    else if (dice < 0.84) random.pick(this.servers).runJob(random.chance(0.6) ? 'log' : 'epoch');
    else if (dice < 0.9) this.write();
    else if (dice < 0.93) this.sync();
    else if (dice < 0.96) this.elect();
    else if (dice < 0.98) this.join();
    else this.passTime();
  }

  private get leaders(): ModelLeader[] {
    return this.servers.flatMap(({ role }) => (role instanceof ModelLeader ? [role] : []));
  }

  private deliver(): void {
    this.links = this.links.filter((link) => !link.isOver);
    const ready = this.links.filter((link) => link.ready.length > 0);
    if (ready.length === 0) return;
    const link = this.random.pick(ready);
    link.deliver(this.random.pick(link.ready));
  }

  private passTime(): void {
    for (const leader of this.leaders) {
      if (this.random.chance(this.plan.ticks)) leader.tick();
      else leader.turnEnded();
    }
  }

  private fault(): void {
    const { random } = this;
    const server = random.pick(this.servers);
    const dice = random.float();
    if (!server.isUp) return server.restart();
    if (dice < 0.2) this.leaders.forEach((leader) => leader.cutOff());
    else if (dice < 0.3) this.links.filter(() => random.chance(0.3)).forEach((link) => link.break(random));
    else if (dice < 0.45) this.stall();
    else if (dice < 0.6) {
      if (server.role !== null) server.endRole();
    } else {
      server.crash();
      this.tell('crashed');
    }
  }

  private stall(): void {
    for (const { toLeader, toLearner } of this.links) {
      toLeader.isStalled = this.random.chance(0.3);
      toLearner.isStalled = this.random.chance(0.3);
    }
  }

  private write(): void {
    if (!this.random.chance(this.plan.writes)) return;
    // Of one that cannot commit any more most clients have gone away; those that only read may not have noticed.
    const serving = this.leaders.filter(
      ({ isServing, isCutOff }) => isServing && (!isCutOff || this.random.chance(0.02)),
    );
    if (serving.length > 0) this.random.pick(serving).write();
  }

  private sync(): void {
    const { role } = this.random.pick(this.servers);
    if (!role?.isServing) return;
    if (role instanceof ModelLearner) role.sync();
    if (!(role instanceof ModelLeader)) return;
    role.sync();
    if (this.random.chance(0.7)) role.turnEnded();
  }

  /** Some of those who look agree: on the best of them if they are a quorum, and on anybody in a wild election. */
  private elect(): void {
    const { random } = this;
    const looking = this.voters.filter((server) => server.isLooking && random.chance(0.9));
    if (looking.length === 0) return;
    const isWild = random.chance(this.plan.wildElections);
    if (!isWild && !this.verifier.containsQuorum(new Set(looking.map(({ sid }) => sid)))) return;
    const elected = isWild ? random.pick(looking) : looking.reduce((a, b) => (isBetter(b, a) ? b : a));
    const leader = new ModelLeader(elected);
    elected.role = leader;
    this.tell('elected');
    this.note(elected.sid, `is elected at ${zxidText(elected.disk.last)}, in ${elected.disk.current}`);
    const followers = looking.filter((server) => server !== elected && random.chance(0.95));
    // Learners may be there before the leader has begun.
    const early = followers.filter(() => random.chance(0.2));
    for (const server of early) this.connect(server, leader);
    leader.start();
    for (const server of followers) if (!early.includes(server)) this.connect(server, leader);
  }

  private join(): void {
    const server = this.random.pick(this.servers);
    const { leaders } = this;
    if (!server.isLooking || leaders.length === 0) return;
    this.connect(server, this.random.pick(leaders));
  }

  private connect(server: ModelServer, leader: ModelLeader): void {
    const link = new ModelLink();
    this.note(server.sid, `connects to ${leader.server.sid}`);
    this.links.push(link);
    const learner = new ModelLearner(server, link);
    server.role = learner;
    leader.connect(link);
    learner.start();
  }

  /** 4.1: what a single event cannot show. */
  private check(): void {
    const having = new Set<number>();
    for (const { sid, disk, role, applied } of this.servers) {
      if (this.book.endIsIn(disk.history, disk.durableCount)) having.add(sid);
      if (disk.accepted < disk.current || disk.current < epochOf(disk.lastDurable)) {
        throw new Error(`server ${sid} has accepted ${disk.accepted}, is in ${disk.current}, at ${disk.lastDurable}`);
      }
      if (role?.isServing && applied > this.book.length) throw new Error(`server ${sid} shows what is not committed`);
    }
    if (!this.verifier.containsQuorum(having)) throw new Error(`a quorum has lost what was committed`);
  }

  /** At the end: whoever serves has served nothing else. */
  checkAll(): void {
    for (const { sid, history, role, applied } of this.servers) {
      if (role?.isServing && !this.book.begins(history, applied)) throw new Error(`server ${sid} has diverged`);
    }
  }
}

function isBetter({ sid, disk }: ModelServer, other: ModelServer): boolean {
  if (disk.current !== other.disk.current) return disk.current > other.disk.current;
  if (disk.last !== other.disk.last) return disk.last > other.disk.last;
  return sid > other.sid;
}
