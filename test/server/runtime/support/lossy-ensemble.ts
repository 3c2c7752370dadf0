import {
  nodeRuntime,
  SILENT_LOGGER,
  type ByteStream,
  type PendingStream,
  type ConnectTarget,
} from '../../../../src/runtime/index.js';
import { inspectServerConfig, usableConfig } from '../../../../src/server/config/parse-server-config.js';
import type { RunningServer } from '../../../../src/server/runtime/running-server.js';
import { startServer } from '../../../../src/server/runtime/start-server.js';
import { MemoryDisk } from '../../../../src/server/storage/memory-disk.js';
import { LocalNetwork } from '../../../../src/testing/local-network.js';
import { MemberFiles } from '../../../../src/testing/member-files.js';

const QUORUM_PORT = 2888;
const hostOf = (sid: number): string => `lossy-${String(sid)}.invalid`;

/** What leaders say is lost to all learners from the first chunk on of which this is true. */
export type Loss = (chunk: Buffer) => boolean;

/** Loses what leaders say, from a certain moment on. */
class LossyNetwork extends LocalNetwork {
  loss: Loss | null = null;
  private isLost = false;

  stopLosing(): void {
    this.loss = null;
    this.isLost = false;
  }

  override connect(target: ConnectTarget): PendingStream {
    const pending = super.connect(target);
    if (target.port !== QUORUM_PORT) return pending;
    return { ...pending, stream: pending.stream.then((stream) => this.tapped(stream)) };
  }

  private tapped(stream: ByteStream): ByteStream {
    const listen = stream.listen.bind(stream);
    stream.listen = (handlers) =>
      listen({
        ...handlers,
        data: (chunk) => {
          this.isLost ||= this.loss?.(chunk) === true;
          if (!this.isLost) handlers.data(chunk);
        },
      });
    return stream;
  }
}

/** Servers of one ensemble, whose devices keep only what was synced, on a network that can lose what leaders say. */
export class LossyEnsemble implements AsyncDisposable {
  readonly network: LossyNetwork;
  readonly disks: ReadonlyMap<number, MemoryDisk>;
  private readonly servers = new Map<number, RunningServer>();

  constructor(sids: readonly number[]) {
    const real = nodeRuntime();
    this.network = new LossyNetwork({ real: real.network, timers: real.timers, hosts: new Set(sids.map(hostOf)) });
    this.disks = new Map(sids.map((sid) => [sid, new MemoryDisk({ tracksSync: true })]));
  }

  server(sid: number): RunningServer {
    const server = this.servers.get(sid);
    if (server === undefined) throw new Error(`server ${String(sid)} does not run`);
    return server;
  }

  get leader(): number | null {
    return [...this.servers].find(([, { mode }]) => mode === 'leader')?.[0] ?? null;
  }

  addressOf(sid: number): string {
    return `127.0.0.1:${String(this.server(sid).clientAddress?.port)}`;
  }

  memberLine(sid: number, role: string): string {
    return `server.${String(sid)}=${hostOf(sid)}:${String(QUORUM_PORT)}:3888:${role};2181`;
  }

  async start(sid: number): Promise<void> {
    const disk = this.disks.get(sid)!;
    const files = new MemberFiles(disk, { dataDir: `/${String(sid)}`, sid });
    const members = [...this.disks.keys()].map(
      (each) => `server.${String(each)}=${hostOf(each)}:${String(QUORUM_PORT)}:3888`,
    );
    const first = [
      ...['tickTime=100', 'initLimit=10', 'syncLimit=5', 'reconfigEnabled=true', 'skipACL=yes', 'preAllocSize=64'],
      ...[`dataDir=/${String(sid)}`, 'clientPort=0', 'clientPortAddress=127.0.0.1', ...members],
    ];
    const { text, readText } = await files.load(first.join('\n'));
    const input = { kind: 'file', path: files.configFile, text } as const;
    const config = usableConfig(inspectServerConfig(input, { baseDir: '/', strict: true, readText }));
    const runtime = { ...nodeRuntime(), network: this.network };
    this.servers.set(sid, await startServer(config, { runtime, disk, logger: SILENT_LOGGER }));
  }

  /** Power is lost: what was not synced is gone. */
  async crash(...sids: number[]): Promise<void> {
    for (const sid of sids) this.disks.get(sid)!.crash();
    await Promise.all(
      sids.map(async (sid) => {
        // Its files are those of another life: what it still wants to write is refused.
        await this.servers
          .get(sid)
          ?.stop()
          .catch(() => undefined);
        this.servers.delete(sid);
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.servers.values()].map((server) => server.stop()));
  }
}
