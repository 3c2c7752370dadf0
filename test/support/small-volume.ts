import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own, small enough to be filled. */
export class SmallVolume {
  readonly path: string;
  private size: number;

  private constructor(path: string, sizeKb: number) {
    this.path = path;
    this.size = sizeKb;
  }

  /** Null where this user may not mount one. */
  static mount(sizeKb: number): SmallVolume | null {
    const path = mkdtempSync(join(tmpdir(), 'pinfold-volume-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeKb}k,mode=0777`, 'tmpfs', path], { stdio: 'ignore' });
      return new SmallVolume(path, sizeKb);
    } catch {
      rmSync(path, { recursive: true });
      return null;
    }
  }

  /** From now on nothing can be written there, or again something can. */
  setReadOnly(readOnly: boolean): void {
    execFileSync('mount', ['-o', `remount,${readOnly ? 'ro' : 'rw'}`, this.path], { stdio: 'ignore' });
  }

  get sizeKb(): number {
    return this.size;
  }

  usedKb(): number {
    const { blocks, bfree, bsize } = statfsSync(this.path);
    return ((blocks - bfree) * bsize) / 1024;
  }

  resize(sizeKb: number): void {
    this.size = sizeKb;
    execFileSync('mount', ['-o', `remount,size=${sizeKb}k`, this.path], { stdio: 'ignore' });
  }

  unmount(): void {
    // Whatever still has a file open there is about to be killed.
    execFileSync('umount', ['-l', this.path], { stdio: 'ignore' });
    rmSync(this.path, { recursive: true });
  }
}
