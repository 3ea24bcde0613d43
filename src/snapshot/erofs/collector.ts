const EVERY = 1 << 14;
/** Layers of fewer entries are not worth it. */
const FROM = 1 << 16;

/**
 * Has garbage collected now and then during work of many small objects. The collector lets garbage grow to as much as what
 * is kept, which is a lot while the index of a large layer is made.
 */
export class Collector {
  #steps = 0;

  step(): void {
    if (++this.#steps >= FROM && this.#steps % EVERY === 0) Bun.gc(true);
  }
}
