import { dirname } from 'node:path';
import { formatZxid, parseZxid, ZXID_NONE } from '../../protocol/zxid.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { Disk } from '../storage/disk.js';
import type { QuorumConfig } from '../zab/quorum-config.js';
import type { MembershipFiles } from './ensemble-config.js';
import { pointToDynamicFile } from './membership-text.js';

/** What a {@link MembershipWriter} needs. */
export interface MembershipWriterParts {
  readonly disk: Disk;
  readonly files: MembershipFiles;
  /** This server. */
  readonly sid: number;
}

/**
 * Keeps who the members are in files beside the configuration file (quorum protocol 1.8). Each promise resolves when the
 * device has what it says; call one after the other. After a crash at any point the files are those from before or
 * after, and a server starts with either.
 */
export class MembershipWriter {
  private readonly parts: MembershipWriterParts;
  /** As the configuration file has it now. */
  private dynamicFile: string | null;

  constructor(parts: MembershipWriterParts) {
    this.parts = parts;
    this.dynamicFile = parts.files.dynamicFile;
  }

  /** At the start: a file whose members will be taken out of it is kept as `.bak` first. */
  async begin(): Promise<void> {
    const { configFile } = this.parts.files;
    if (this.dynamicFile !== null) return;
    const bytes = await this.read(configFile);
    if (bytes !== null) await this.replace(`${configFile}.bak`, bytes, configFile);
  }

  /** Members that are proposed, and not in force yet: whoever acknowledges them must know them after a crash. */
  async proposed(config: QuorumConfig): Promise<void> {
    await this.replace(this.nextFile, Buffer.from(config.format()));
  }

  /** What was proposed is in nobody's history: it never comes to be in force. */
  async withdrawn(): Promise<void> {
    const { disk } = this.parts;
    if ((await this.read(this.nextFile)) === null) return;
    await disk.unlink(this.nextFile);
    await disk.syncDirectory(dirname(this.nextFile));
  }

  /** Members that are in force from now on. */
  async activated(config: QuorumConfig): Promise<void> {
    const { disk, files, sid } = this.parts;
    const dynamicFile = `${files.configFile}.dynamic.${formatZxid(config.version)}`;
    await this.replace(dynamicFile, Buffer.from(config.formatFile()));
    const before = await this.read(files.configFile);
    if (before !== null) {
      const text = pointToDynamicFile(before.toString('latin1'), { dynamicFile, dropped: toldByLine(config, sid) });
      // It may hold passwords: who could not read it before must not be able to read it now.
      await this.replace(files.configFile, Buffer.from(text, 'latin1'), files.configFile);
    }
    this.dynamicFile = dynamicFile;
    // Last: until here a start would find the old members, and must then know the new ones as proposed.
    const next = await this.read(this.nextFile);
    if (next === null || versionIn(next.toString()) > config.version) return;
    await disk.unlink(this.nextFile);
    await disk.syncDirectory(dirname(this.nextFile));
  }

  private get nextFile(): string {
    return `${this.parts.files.configFile}.dynamic.next`;
  }

  private async read(path: string): Promise<Buffer | null> {
    const { disk } = this.parts;
    const entry = await disk.stat(path);
    if (entry === null) return null;
    const file = await disk.openForRead(path);
    try {
      const bytes = Buffer.alloc(entry.sizeBytes);
      const count = await file.read(bytes, 0);
      return bytes.subarray(0, count);
    } finally {
      await file.close();
    }
  }

  private async replace(path: string, bytes: Buffer, like?: string): Promise<void> {
    const { disk } = this.parts;
    const file = await disk.create(`${path}.tmp`, like);
    try {
      await file.write(bytes, 0);
      await file.datasync();
    } finally {
      await file.close();
    }
    await disk.rename(`${path}.tmp`, path);
    await disk.syncDirectory(dirname(path));
  }
}

function versionIn(text: string): Zxid {
  return parseZxid(/^version=(.*)$/m.exec(text)?.[1] ?? '') ?? ZXID_NONE;
}

/** A port that the members' file tells must not be told differently here after the next change. */
function toldByLine(config: QuorumConfig, sid: number): string[] {
  const { client = null, secureClient = null } = config.members.get(sid) ?? {};
  return [
    ...(client === null ? [] : ['clientPort', 'clientPortAddress']),
    ...(secureClient === null ? [] : ['secureClientPort', 'secureClientPortAddress']),
  ];
}
