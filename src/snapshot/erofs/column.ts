const PAGE_BITS = 12;
const PAGE = 1 << PAGE_BITS;

type Numbers = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** A growing list of numbers in typed arrays: some bytes a number, and nothing is copied when it grows. */
export class Column {
  readonly #pages: Numbers[] = [];

  constructor(private readonly type: new (length: number) => Numbers) {}

  get(index: number): number {
    return (this.#pages[index >>> PAGE_BITS] as Numbers)[index & (PAGE - 1)] as number;
  }

  /** `index` is at most one page behind the last one that was set. */
  set(index: number, value: number): void {
    const page = index >>> PAGE_BITS;
    if (page === this.#pages.length) this.#pages.push(new this.type(PAGE));
    (this.#pages[page] as Numbers)[index & (PAGE - 1)] = value;
  }
}
