import type { InitialMessage } from '../../protocol/quorum/initial-message.js';
import { ANONYMOUS_SID } from '../../protocol/quorum/initial-message.js';
import type { ByteStream, Listener, ListenOptions } from '../../runtime/index.js';
import { ElectionLink } from './election-link.js';
import type { ElectionPeerContext } from './election-peer.js';
import { ElectionPeer } from './election-peer.js';

const BIND_PAUSE_MS = 1000;

export interface ElectionPortOptions {
  /** Where this server is called. */
  readonly listen: readonly ListenOptions[];
  /** Attempts to bind each; 0 = without end. */
  readonly bindAttemptsMax: number;
  /** For who has called to say who it is. */
  readonly introductionTimeoutMs: number;
  readonly peers: ElectionPeerContext;
  /** Whether the configuration lists this server: others are forgotten when they leave. */
  isKnown(sid: number): boolean;
}

/** The election port of one server, and its connections to all others (quorum-protocol 2.1). */
export class ElectionPort {
  private readonly options: ElectionPortOptions;
  private readonly peers = new Map<number, ElectionPeer>();
  /** Have called, and not said who they are. */
  private readonly strangers = new Set<ElectionLink>();
  /** By where they listen. */
  private readonly listeners = new Map<string, Listener>();
  private isPersistent = false;
  private isClosed = false;
  private nextAnonymousSid = -1;
  private wake: (() => void) | null = null;

  constructor(options: ElectionPortOptions) {
    this.options = options;
  }

  /** Rejects with the system's error when an address cannot be bound. */
  async open(): Promise<void> {
    await this.listenAt(this.options.listen);
  }

  /** Instead of where it listens now: where the two are the same, nobody is hung up on. */
  async listenAt(listen: readonly ListenOptions[]): Promise<void> {
    const wanted = new Map(listen.map((each) => [placeOf(each), each]));
    for (const [place, listener] of this.listeners) {
      if (wanted.has(place)) continue;
      this.listeners.delete(place);
      // Connections that came this way live on, and would be waited for.
      void listener.close();
    }
    for (const [place, each] of wanted) {
      if (this.listeners.has(place)) continue;
      const listener = await this.bind(each);
      if (listener === null) return;
      this.listeners.set(place, listener);
    }
  }

  /** As they were bound. */
  get ports(): number[] {
    return [...this.listeners.values()].map(({ port }) => port);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.wake?.();
    for (const link of this.strangers) link.destroy();
    this.strangers.clear();
    for (const peer of this.peers.values()) peer.dispose();
    this.peers.clear();
    await Promise.all([...this.listeners.values()].map((listener) => listener.close()));
  }

  /** Says to a server what there is to say; when several things are, only the last. */
  tell(sid: number): void {
    if (!this.isClosed) this.peer(sid).tell();
  }

  /** Whether something that it was to be told has not left. */
  isWaiting(sid: number): boolean {
    return this.peers.get(sid)?.isWaiting === true;
  }

  isReachable(sid: number): boolean | null {
    return this.peers.get(sid)?.isReachable ?? null;
  }

  /** Whether it was connected, and cannot be reached any more. */
  isGone(sid: number): boolean {
    return this.peers.get(sid)?.isGone === true;
  }

  /** While this server looks, it goes on calling those who do not answer. */
  setPersistent(isPersistent: boolean): void {
    this.isPersistent = isPersistent;
    for (const peer of this.peers.values()) peer.setPersistent(isPersistent && this.options.isKnown(peer.sid));
  }

  connect(sid: number): void {
    if (!this.isClosed) this.peer(sid).connect();
  }

  /** Null: it was closed meanwhile. */
  private async bind(where: ListenOptions): Promise<Listener | null> {
    const { bindAttemptsMax, peers } = this.options;
    for (let attempt = 1; !this.isClosed; attempt++) {
      try {
        const listener = await peers.runtime.network.listen(where, (stream) => this.called(stream));
        if (!this.isClosed) return listener;
        await listener.close();
      } catch (error) {
        if (attempt === bindAttemptsMax) throw error;
        const { host, port } = where;
        peers.logger.warn('the election port cannot be bound, this server tries again', { host, port, error });
        await this.pause(BIND_PAUSE_MS);
      }
    }
    return null;
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.options.peers.runtime.timers.after(ms, resolve);
      this.wake = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  private called(stream: ByteStream): void {
    if (this.isClosed) return stream.destroy();
    const { peers, introductionTimeoutMs } = this.options;
    let peer: ElectionPeer | null = null;
    const link: ElectionLink = new ElectionLink(stream, 'they', {
      introduced: (message) => {
        timer.cancel();
        this.strangers.delete(link);
        peer = this.introduced(link, message);
      },
      message: (buf, start, end) => peer?.heard(buf, start, end),
      drained: () => peer?.drained(),
      closed: (error) => {
        timer.cancel();
        this.strangers.delete(link);
        peer?.closed(link, error);
      },
    });
    const timer = peers.runtime.timers.after(introductionTimeoutMs, () => {
      this.strangers.delete(link);
      peers.logger.warn('an election connection was closed: nobody said who it is', { remote: link.remote });
      link.destroy();
    });
    this.strangers.add(link);
  }

  /** Null: the connection is of no use. */
  private introduced(link: ElectionLink, message: InitialMessage): ElectionPeer | null {
    const { ownSid, logger } = this.options.peers;
    if (message.sid === ownSid) {
      logger.warn('another server says that it has the id of this one', { sid: ownSid, remote: link.remote });
      link.destroy();
      return null;
    }
    const isAnonymous = message.sid === ANONYMOUS_SID;
    const peer = this.peer(isAnonymous ? this.nextAnonymousSid-- : message.sid);
    if (message.sid < ownSid) {
      link.destroy();
      peer.callBack(message);
      return null;
    }
    peer.accept(link);
    return peer;
  }

  private peer(sid: number): ElectionPeer {
    const known = this.peers.get(sid);
    if (known !== undefined) return known;
    this.forgetStrangers();
    const peer = new ElectionPeer(sid, this.options.peers);
    peer.setPersistent(this.isPersistent && this.options.isKnown(sid));
    this.peers.set(sid, peer);
    return peer;
  }

  private forgetStrangers(): void {
    for (const [sid, peer] of this.peers) if (peer.isIdle && !this.options.isKnown(sid)) this.peers.delete(sid);
  }
}

function placeOf({ host = '', port }: ListenOptions): string {
  return `${host} ${port}`;
}
