import type { Clock } from '../../runtime/clock.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { DataTree } from '../tree/data-tree.js';
import type { Disk } from './disk.js';
import { SnapshotStream } from './snapshot-stream.js';
import { writeSnapshot, type SnapshotContent } from './snapshot-writer.js';
import type { StorageEvents } from './storage-events.js';
import type { StorageSettings } from './storage-options.js';

/** Session id and timeout in ms, of every global session. */
export type SessionList = Iterable<readonly [sessionId: bigint, timeoutMs: number]>;

export interface SnapshotKeeperOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly events: StorageEvents;
  readonly settings: StorageSettings;
  readonly directory: string;
  /** Resolves when the log has everything up to there on the device. */
  readonly logged: (zxid: Zxid) => Promise<unknown>;
}

/** A tree can be captured once at a time: until this is over no other snapshot of it can begin. */
interface Capture {
  readonly tree: DataTree;
  readonly over: Promise<void>;
}

/** Captures the tree and the sessions, for a file or for a learner. */
export class SnapshotKeeper {
  private readonly options: SnapshotKeeperOptions;
  private capture: Capture | null = null;
  /** The file being written. */
  private writing: Promise<string> | null = null;

  constructor(options: SnapshotKeeperOptions) {
    this.options = options;
  }

  /** Resolves when no snapshot of the tree is under way; somebody else may be quicker. */
  async free(tree: DataTree): Promise<void> {
    if (this.capture?.tree === tree) await this.capture.over;
  }

  /** Whether {@link toFile} is possible now. */
  isIdle(tree: DataTree): boolean {
    return this.writing === null && this.isFree(tree);
  }

  /** Writes a file; while that is not possible, does nothing. */
  inBackground(tree: DataTree, sessions: SessionList): void {
    if (!this.isIdle(tree)) return;
    this.toFile(tree, sessions).catch((error: unknown) => {
      // The logs hold everything: the next snapshot may fare better.
      this.options.events.warned(
        `a snapshot could not be written: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
  }

  /** Writes a file of the tree as it is; no other may be under way. */
  toFile(tree: DataTree, sessions: SessionList): Promise<string> {
    const { clock, events } = this.options;
    const { content, close } = this.begin(tree, sessions);
    const startMs = clock.monotonicMs();
    this.writing = this.write(content).finally(() => {
      close();
      this.writing = null;
    });
    return this.writing.then((file) => {
      events.snapshotWritten?.({ file, zxid: content.tree.zxid, durationMs: clock.monotonicMs() - startMs });
      return file;
    });
  }

  /** Captures for a learner; null while the tree cannot be captured. */
  toLearner(tree: DataTree, sessions: SessionList): SnapshotStream | null {
    if (!this.isFree(tree)) return null;
    const { content, close } = this.begin(tree, sessions);
    return new SnapshotStream(content, close);
  }

  /** Has a tree that nobody uses yet written by somebody else; resolves to what that resolves to. */
  async toInstall<T>(
    tree: DataTree,
    sessions: SessionList,
    write: (content: SnapshotContent) => Promise<T>,
  ): Promise<T> {
    const { content, close } = this.begin(tree, sessions);
    try {
      return await write(content);
    } finally {
      close();
    }
  }

  /** Resolves when no file is being written. */
  async settled(): Promise<void> {
    await this.writing?.catch(() => undefined);
  }

  private isFree(tree: DataTree): boolean {
    return this.capture?.tree !== tree;
  }

  private begin(tree: DataTree, sessions: SessionList): { content: SnapshotContent; close: () => void } {
    const content = { tree: tree.beginSnapshot(), sessions: [...sessions] };
    let over!: () => void;
    const capture: Capture = { tree, over: new Promise((resolve) => (over = resolve)) };
    this.capture = capture;
    const close = (): void => {
      content.tree.close();
      if (this.capture === capture) this.capture = null;
      over();
    };
    return { content, close };
  }

  private async write(content: SnapshotContent): Promise<string> {
    const { disk, directory, settings } = this.options;
    const { snapshotCompression: compression, digestEnabled, serializeLastProcessedZxid } = settings;
    // What is committed may be applied before it is durable here; a snapshot ahead of the log would leave a hole in the latter.
    await this.options.logged(content.tree.zxid);
    return writeSnapshot(content, { disk, directory, compression, digestEnabled, serializeLastProcessedZxid });
  }
}
