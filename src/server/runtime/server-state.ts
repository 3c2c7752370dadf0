import type { Clock } from '../../runtime/index.js';
import type { ClientLink } from '../pipeline/client-link.js';
import type { ReplicatedState } from '../pipeline/catch-up.js';
import type { ClientSessions, LocalSessions } from '../pipeline/pipeline-parts.js';
import { SessionIds } from '../sessions/session-ids.js';
import { SessionTable } from '../sessions/session-table.js';
import type { SessionList } from '../storage/server-storage.js';
import type { DataTree } from '../tree/data-tree.js';

export interface ServerStateOptions {
  /** Of this server in its ensemble: the top byte of the session ids that it hands out. */
  readonly serverId: number;
  readonly tickTimeMs: number;
  readonly localSessionsEnabled: boolean;
  readonly localSessionsUpgradingEnabled: boolean;
  readonly clock: Clock;
}

/** What a server knows, whatever part it plays: parts come and go, and this stays. */
export class ServerState implements ReplicatedState {
  readonly serverId: number;
  readonly localSessions: LocalSessions;
  readonly sessionIds: SessionIds;
  private readonly options: ServerStateOptions;
  private contents: { readonly tree: DataTree; readonly sessions: ClientSessions };

  /** `loaded`: as recovered from the directories. */
  constructor(options: ServerStateOptions, loaded: LoadedState) {
    this.options = options;
    this.serverId = options.serverId;
    this.sessionIds = new SessionIds(options.serverId, options.clock.wallMs());
    this.localSessions = {
      table: this.emptyTable(),
      isEnabled: options.localSessionsEnabled,
      isUpgradingEnabled: options.localSessionsUpgradingEnabled,
    };
    this.contents = this.contentsOf(loaded);
  }

  get tree(): DataTree {
    return this.contents.tree;
  }

  get sessions(): ClientSessions {
    return this.contents.sessions;
  }

  /** Of a server that only serves reads: nobody knows of them before, or afterwards. */
  readOnlySessions(): LocalSessions {
    return { table: this.emptyTable(), isEnabled: true, isUpgradingEnabled: false };
  }

  /** Begins anew with another tree: a leader's, or what the directories hold. Nobody may be served meanwhile. */
  load(loaded: LoadedState): void {
    this.contents = this.contentsOf(loaded);
  }

  /** A part begins: every session has its full time (quorum-protocol 3.11), and nothing is under way. */
  restart(): void {
    const nowMs = this.options.clock.monotonicMs();
    this.sessions.restart(nowMs);
    this.localSessions.table.restart(nowMs);
  }

  /** For snapshots. */
  sessionList(): SessionList {
    return [...this.sessions.values()].map(({ id, timeoutMs }) => [id, timeoutMs] as const);
  }

  private contentsOf({ tree, sessions }: LoadedState): { tree: DataTree; sessions: ClientSessions } {
    const table = this.emptyTable();
    const nowMs = this.options.clock.monotonicMs();
    for (const [id, timeoutMs] of sessions) table.add(id, timeoutMs, nowMs);
    return { tree, sessions: table };
  }

  private emptyTable(): ClientSessions {
    return new SessionTable<ClientLink>({ tickMs: this.options.tickTimeMs });
  }
}

/** A tree and the sessions that go with it. */
export interface LoadedState {
  readonly tree: DataTree;
  readonly sessions: Iterable<readonly [id: bigint, timeoutMs: number]>;
}
