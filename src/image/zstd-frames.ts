/**
 * Follows the frames of a zstd stream (RFC 8878, section 3.1) without decoding them, to tell whether the stream
 * ended where a frame ends: the decoder in use reports a stream that is cut off as if it were whole.
 */
export class ZstdFrames {
  /** Bytes of the present field or block that are still to come. */
  #need = 4;
  /** The field read so far; undefined while a block's content is passed over. */
  #field: number[] | undefined = [];
  #next: (field: number[]) => void = (field) => this.#magic(field);

  /** True when everything pushed so far is whole frames. */
  whole = true;

  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.byteLength) {
      this.whole = false;
      if (this.#field) {
        this.#field.push(bytes[at++] as number);
        this.#need--;
      } else {
        const step = Math.min(this.#need, bytes.byteLength - at);
        at += step;
        this.#need -= step;
      }
      while (this.#need === 0) {
        const field = this.#field ?? [];
        this.#field = [];
        this.#next(field);
        if (this.whole) break;
      }
    }
  }

  #read(count: number, next: (field: number[]) => void): void {
    this.#need = count;
    this.#next = next;
  }

  #pass(count: number, next: () => void): void {
    this.#need = count;
    this.#field = undefined;
    this.#next = next;
  }

  #end(): void {
    this.whole = true;
    this.#read(4, (field) => this.#magic(field));
  }

  #magic(field: number[]): void {
    if (little(field) === 0xfd2fb528) this.#read(1, ([descriptor]) => this.#header(descriptor as number));
    // Anything else is a skippable frame, or an error that the decoder reports.
    else this.#read(4, (size) => this.#pass(little(size), () => this.#end()));
  }

  #header(descriptor: number): void {
    const single = (descriptor & 0x20) !== 0;
    const checksum = (descriptor & 0x04) !== 0;
    const contentSize = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] as number;
    const dictionary = [0, 1, 2, 4][descriptor & 3] as number;
    this.#pass((single ? 0 : 1) + dictionary + contentSize, () => this.#block(checksum));
  }

  #block(checksum: boolean): void {
    this.#read(3, (field) => {
      const header = little(field);
      const last = (header & 1) !== 0;
      const runLength = ((header >> 1) & 3) === 1;
      this.#pass(runLength ? 1 : header >> 3, () => {
        if (!last) this.#block(checksum);
        else if (checksum) this.#pass(4, () => this.#end());
        else this.#end();
      });
    });
  }
}

function little(bytes: readonly number[]): number {
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
}
