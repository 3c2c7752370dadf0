const PAGE_BITS = 14;
const PAGE_INTS = 1 << PAGE_BITS;
const PAGE_MASK = PAGE_INTS - 1;

/** An array of 32-bit integers that grows page by page: nothing is ever copied, and the garbage collector has nothing to walk. */
export class PagedInts {
  private readonly pages: Int32Array[] = [];
  private readonly initial: number;

  constructor(initial: number) {
    this.initial = initial;
  }

  /** Of an index below the length. */
  get(index: number): number {
    return this.pages[index >>> PAGE_BITS]![index & PAGE_MASK]!;
  }

  set(index: number, value: number): void {
    this.pages[index >>> PAGE_BITS]![index & PAGE_MASK] = value;
  }

  get length(): number {
    return this.pages.length << PAGE_BITS;
  }

  /** Makes it at least so long. New integers have the initial value. */
  reach(length: number): void {
    while (this.length < length) this.pages.push(new Int32Array(PAGE_INTS).fill(this.initial));
  }
}
