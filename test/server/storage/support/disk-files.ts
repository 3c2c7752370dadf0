import type { Disk } from '../../../../src/server/storage/disk.js';

/** Creates a file, and the directories it lies in, with this content. */
export async function putFile(disk: Disk, path: string, content: Buffer): Promise<void> {
  await disk.makeDirectories(path.slice(0, path.lastIndexOf('/')));
  const file = await disk.create(path);
  await file.write(content, 0);
  await file.datasync();
  await file.close();
}

export async function readFile(disk: Disk, path: string): Promise<Buffer> {
  const file = await disk.openForRead(path);
  const content = Buffer.alloc(await file.sizeBytes());
  await file.read(content, 0);
  await file.close();
  return content;
}

/** Every file of a directory, by name. */
export async function readDirectory(disk: Disk, directory: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const name of (await disk.list(directory)).sort()) {
    const entry = await disk.stat(`${directory}/${name}`);
    if (entry !== null && !entry.isDirectory) files.set(name, await readFile(disk, `${directory}/${name}`));
  }
  return files;
}
