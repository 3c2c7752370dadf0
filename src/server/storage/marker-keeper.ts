import type { Zxid } from '../../protocol/zxid.js';
import type { Disk } from './disk.js';
import { writeMarker, type StateMarker } from './state-marker.js';

export interface MarkerKeeperOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly warned: (message: string) => void;
  /** The newest one accepted; null outside an ensemble. */
  readonly epoch: () => number | null;
}

export type MarkerState = Omit<StateMarker, 'epoch'>;

/** Keeps the state marker: its files are written one after the other. */
export class MarkerKeeper {
  private readonly options: MarkerKeeperOptions;
  private writing: Promise<void> = Promise.resolve();
  private state: MarkerState;

  constructor(options: MarkerKeeperOptions, state: MarkerState) {
    this.options = options;
    this.state = state;
  }

  get lastLog(): string | null {
    return this.state.lastLog;
  }

  /** A log was begun. What is in it need not be `durable`: the marker must not run ahead of the device. */
  logStarted(name: string, firstZxid: Zxid, durable: boolean): void {
    this.state = { ...this.state, lastLog: name };
    if (durable) this.mark(firstZxid);
  }

  /** Everything up to here is durable. In the background: a marker that lags behind is none the worse. */
  mark(lastZxid: Zxid): void {
    this.state = { ...this.state, lastZxid };
    const { disk, directory, warned, epoch } = this.options;
    const state = { ...this.state, epoch: epoch() };
    this.writing = this.writing.then(() =>
      writeMarker(disk, directory, state).catch((error: unknown) => {
        warned(`the marker of the last transaction could not be written: ${String(error)}`);
      }),
    );
  }

  /** Resolves when exactly this stands on the device. */
  async put(state: MarkerState): Promise<void> {
    await this.writing;
    const { disk, directory, epoch } = this.options;
    await writeMarker(disk, directory, { ...state, epoch: epoch() });
    this.state = state;
  }

  async settled(): Promise<void> {
    await this.writing;
  }
}
