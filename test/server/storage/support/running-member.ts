import type { MemoryDisk } from '../../../../src/server/storage/memory-disk.js';
import { DIRECTORY, Member, someSteps } from './member.js';
import { Workload, type LoggedTxn } from './workload.js';

/** Of a member's directory: those of its files that begin so, in order. */
export async function names(disk: MemoryDisk, beginning: string): Promise<string[]> {
  return (await disk.list(DIRECTORY)).filter((name) => name.startsWith(beginning)).sort();
}

/** What every history of these tests begins with, and its first `count` transactions of epoch 1 as they leave a tree. */
export function prefix(count: number): Workload {
  const workload = new Workload();
  workload.beginEpoch(1);
  workload.run(someSteps(count));
  return workload;
}

/** Runs in epoch 1 with as many transactions, in files of five. */
export async function running(
  disk: MemoryDisk,
  count: number,
  settings = {},
): Promise<{ member: Member; workload: Workload; list: LoggedTxn[] }> {
  const member = await Member.start(disk, { snapCount: 10, ...settings });
  await member.epoch(1);
  const workload = new Workload();
  workload.beginEpoch(1);
  const list = workload.run(someSteps(count));
  for (const each of list) await member.write([each]);
  return { member, workload, list };
}
