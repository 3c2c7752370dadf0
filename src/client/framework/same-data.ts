/** Nothing and no bytes are the same here: a server does not keep them apart everywhere. */
export function sameData(a: Buffer | null, b: Buffer | null): boolean {
  return (a ?? Buffer.alloc(0)).equals(b ?? Buffer.alloc(0));
}
