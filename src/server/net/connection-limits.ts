/** Counts client connections of one port and says when there are too many (operations 6.7). */
export class ConnectionLimits {
  private readonly perAddress = new Map<string, number>();
  private readonly perAddressMax: number;

  /** 0: no limit. */
  constructor(perAddressMax: number) {
    this.perAddressMax = perAddressMax;
  }

  /** Counts a connection in; false, and not counted, when its address has its share already. */
  admit(address: string): boolean {
    const count = this.perAddress.get(address) ?? 0;
    if (this.perAddressMax > 0 && count >= this.perAddressMax) return false;
    this.perAddress.set(address, count + 1);
    return true;
  }

  /** Counts an admitted connection out. */
  release(address: string): void {
    const count = this.perAddress.get(address) ?? 0;
    if (count <= 1) this.perAddress.delete(address);
    else this.perAddress.set(address, count - 1);
  }
}
