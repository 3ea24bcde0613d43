import type { ByteString } from "../../image/index.ts";
import { NotExpressible } from "./not-expressible.ts";

const PAGE_BITS = 20;
const PAGE = 1 << PAGE_BITS;
/** The first page of an arena of few bytes. */
const SMALL_PAGE = 1 << 14;

/** Byte strings of at most 64 KiB, one after the other; each lies in one piece. */
export class ByteArena {
  readonly #pages: Buffer[] = [];
  #used = 0;

  /** @param limit bytes that are kept at most, in pages of 1 MiB */
  constructor(private readonly limit: number) {}

  /** Where the text is kept from now on. @throws NotExpressible when there is no more room */
  add(text: ByteString): number {
    let page = this.#pages.at(-1);
    if (page === undefined || this.#used + text.length > page.length) page = this.#grow(text.length);
    const place = ((this.#pages.length - 1) << PAGE_BITS) | this.#used;
    page.write(text, this.#used, "latin1");
    this.#used += text.length;
    return place;
  }

  text(place: number, length: number): ByteString {
    const at = place & (PAGE - 1);
    return this.#page(place).toString("latin1", at, at + length);
  }

  byte(place: number): number {
    return this.#page(place)[place & (PAGE - 1)] as number;
  }

  copy(place: number, length: number, target: Uint8Array, to: number): void {
    const page = this.#page(place);
    const at = place & (PAGE - 1);
    for (let i = 0; i < length; i++) target[to + i] = page[at + i] as number;
  }

  equals(place: number, length: number, text: ByteString): boolean {
    if (length !== text.length) return false;
    const page = this.#page(place);
    const at = place & (PAGE - 1);
    for (let i = 0; i < length; i++) if (page[at + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  /** By byte value; what another begins with comes before it. */
  compare(placeA: number, lengthA: number, placeB: number, lengthB: number): number {
    const pageA = this.#page(placeA);
    const pageB = this.#page(placeB);
    const a = placeA & (PAGE - 1);
    const b = placeB & (PAGE - 1);
    const common = Math.min(lengthA, lengthB);
    for (let i = 0; i < common; i++) {
      const difference = (pageA[a + i] as number) - (pageB[b + i] as number);
      if (difference !== 0) return difference;
    }
    return lengthA - lengthB;
  }

  #page(place: number): Buffer {
    return this.#pages[place >>> PAGE_BITS] as Buffer;
  }

  #grow(needed: number): Buffer {
    if (this.#pages.length * PAGE >= this.limit) throw new NotExpressible("too many bytes of names");
    const page = Buffer.alloc(this.#pages.length === 0 && needed <= SMALL_PAGE ? SMALL_PAGE : PAGE);
    this.#pages.push(page);
    this.#used = 0;
    return page;
  }
}
