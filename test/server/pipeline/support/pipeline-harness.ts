import { JuteWriter } from '../../../../src/protocol/jute-writer.js';
import { writeTxn, writeTxnDigest, writeTxnHeader } from '../../../../src/protocol/txn-codec.js';
import type { Txn, TxnDigest, TxnHeader } from '../../../../src/protocol/txn.js';
import type { Zxid } from '../../../../src/protocol/zxid.js';
import { AuthProviders } from '../../../../src/server/auth/auth-providers.js';
import type { AuthConfig } from '../../../../src/server/config/server-config.js';
import type { ClientLink } from '../../../../src/server/pipeline/client-link.js';
import { OrderedWrites } from '../../../../src/server/pipeline/ordered-writes.js';
import { RequestPipeline } from '../../../../src/server/pipeline/request-pipeline.js';
import { SessionGuard } from '../../../../src/server/pipeline/session-guard.js';
import type { TxnLog } from '../../../../src/server/pipeline/txn-log.js';
import { SessionIds } from '../../../../src/server/sessions/session-ids.js';
import { SessionTable } from '../../../../src/server/sessions/session-table.js';
import { logForm } from '../../../../src/server/storage/log-form.js';
import { AclChecker } from '../../../../src/server/tree/acl-check.js';
import { DataTree } from '../../../../src/server/tree/data-tree.js';
import { Preparer } from '../../../../src/server/tree/prepare.js';
import { ServerStats } from '../../../../src/server/words/server-stats.js';
import type { CommittedZxid } from '../../../../src/server/zab/durable.js';
import type { ConnectOptions, TestLink } from './test-link.js';
import { connectTo } from './test-link.js';

const AUTH: AuthConfig = {
  digestEnabled: true,
  digestAlgorithm: 'sha1',
  superDigest: null,
  x509SuperUser: null,
  extraSchemes: new Set(),
  ensembleName: null,
  ensembleScheme: false,
  enforcedSchemes: null,
};

/** A pipeline whose disk is a number: what lies above it is not durable yet. */
export class PipelineHarness {
  readonly tree: DataTree;
  readonly sessions = new SessionTable<ClientLink>({ tickMs: 1000 });
  readonly stats = new ServerStats();
  readonly pipeline: RequestPipeline<OrderedWrites>;
  nowMs = 1_000_000;
  /** What the log has of each transaction. */
  readonly entries: Buffer[] = [];
  private logged = 0 as Zxid;
  private readonly digests = new Map<number, bigint>();

  constructor(auth: Partial<AuthConfig> = {}, { digestEnabled = true, enforceQuota = false } = {}) {
    this.tree = new DataTree({ extendedTypesEnabled: true, digestEnabled });
    const access = new AclChecker({ skipAcl: false, extraSchemes: [], anySaslUserId: null, x509SuperUser: null });
    const ids = new SessionIds(1, this.nowMs);
    const localSessions = {
      table: new SessionTable<ClientLink>({ tickMs: 1000 }),
      isEnabled: false,
      isUpgradingEnabled: false,
    };
    const guard = new SessionGuard({ sessions: this.sessions, localSessions, serverId: 1 });
    const preparer = new Preparer({
      tree: this.tree,
      access,
      sessions: guard,
      reconfigEnabled: false,
      enforceQuota,
      containerMaxNeverUsedMs: 0,
      entryBytesMax: 2 * 1_048_575,
      onQuotaExceeded: null,
    });
    const log: TxnLog = {
      append: (header, txn, digest) => {
        this.logged = header.zxid;
        this.entries.push(encoded(header, txn, digest));
        if (digest !== null) this.digests.set(header.zxid, digest.digest);
      },
      appendEntry: ({ zxid, view, start, end }) => {
        this.logged = zxid;
        this.entries.push(Buffer.from(Buffer.from(view.buffer, view.byteOffset).subarray(start, end)));
        if (digestEnabled) this.digests.set(zxid, view.getBigUint64(end - 8));
      },
    };
    this.pipeline = new RequestPipeline(
      {
        tree: this.tree,
        access,
        sessions: this.sessions,
        localSessions,
        authenticator: new AuthProviders({ ...AUTH, ...auth }),
        clock: { wallMs: () => this.nowMs, monotonicMs: () => this.nowMs },
        stats: this.stats,
        serverId: 1,
        isReadOnly: false,
        applied: (zxid) => this.checkDigest(zxid),
        caughtUp: () => undefined,
        expired: () => undefined,
        nextSessionId: () => ids.next(),
        timeoutLimits: { minSessionTimeoutMs: 2000, maxSessionTimeoutMs: 20_000 },
      },
      (tools) => new OrderedWrites(tools, { preparer, guard, log, ensemble: null }),
    );
  }

  /** The disk has everything that was logged, but the last transactions. */
  sync(butLast = 0): void {
    this.pipeline.committed(Math.max(this.tree.lastProcessedZxid, this.logged - butLast) as CommittedZxid);
  }

  /** What was logged with a transaction must be the digest of the tree after it. */
  private checkDigest(zxid: number): void {
    const logged = this.digests.get(zxid);
    if (logged !== undefined && logged !== this.tree.digest) throw new Error(`digest of ${zxid} was logged wrong`);
  }

  connect(options: ConnectOptions = {}): TestLink {
    return connectTo(this, options);
  }

  /** A connection with a new session. */
  open(): TestLink {
    const link = this.connect();
    this.sync();
    link.session = link.handshake();
    return link;
  }
}

function encoded(header: TxnHeader, txn: Txn, digest: TxnDigest | null): Buffer {
  const writer = new JuteWriter();
  writeTxnHeader(writer, header);
  writeTxn(writer, logForm(txn));
  if (digest !== null) writeTxnDigest(writer, digest);
  return writer.take();
}
