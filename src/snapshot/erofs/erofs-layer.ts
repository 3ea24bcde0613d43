import {
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { codeOf, type Digest, Digester, hexOf } from "../../core/index.ts";
import { MS, mount, umount } from "../../kernel/index.ts";
import { indexLayer } from "./index-layer.ts";
import { NotExpressible } from "./not-expressible.ts";
import type { WrittenIndex } from "./write-index.ts";

type Seal = Pick<WrittenIndex, "length" | "digest"> & { readonly tarSize: number };

/**
 * A layer that is mounted instead of unpacked. Its place holds `tar` (one more name of the content's blob, so that the
 * two go independently and take the room of one), `index`, `seal` (what tells a damaged index) and `diff`, where it is
 * mounted.
 */
export class ErofsLayer {
  readonly #place: string;

  constructor(place: string) {
    this.#place = place;
  }

  /**
   * Makes one in an empty directory. The tar must not change any more.
   * @returns bytes of all files and link targets, each inode once
   * @throws NotExpressible when the layer has to be unpacked
   */
  static async make(place: string, tarPath: string, diffId: Digest): Promise<number> {
    const tar = join(place, "tar");
    try {
      linkSync(tarPath, tar);
    } catch (error) {
      throw new NotExpressible(`the tar cannot be linked: ${codeOf(error)}`, { cause: error });
    }
    const uuid = Buffer.from(hexOf(diffId).slice(0, 32), "hex");
    const { size, length, digest } = await oneAtATime(() => indexLayer(tar, join(place, "index"), uuid));
    const seal: Seal = { length, digest, tarSize: statSync(tar).size };
    writeFileSync(join(place, "seal"), JSON.stringify(seal));
    mkdirSync(join(place, "diff"), { mode: 0o755 });
    return size;
  }

  /** True when the place holds a layer of this kind, whole or not. */
  static isAt(place: string): boolean {
    return sizeOf(join(place, "index")) !== undefined;
  }

  /** All files are there in full length. */
  isWhole(): boolean {
    const seal = this.#seal();
    return (
      seal !== undefined &&
      sizeOf(join(this.#place, "tar")) === seal.tarSize &&
      sizeOf(join(this.#place, "index")) === seal.length
    );
  }

  /** The index is as it was written. Reads all of it: some milliseconds. */
  isIntact(): boolean {
    return this.isWhole() && digestOfFile(join(this.#place, "index")) === this.#seal()?.digest;
  }

  isMounted(): boolean {
    // Each mounted layer is a device of its own.
    return statSync(join(this.#place, "diff")).dev !== statSync(this.#place).dev;
  }

  /** mount(2), a tenth of a millisecond. @throws KernelError */
  mount(): void {
    mountIndex(join(this.#place, "index"), join(this.#place, "tar"), join(this.#place, "diff"));
  }

  /** Root filesystems that stand on it keep it alive until they go. */
  unmount(): void {
    umount(join(this.#place, "diff"));
  }

  #seal(): Seal | undefined {
    try {
      return JSON.parse(readFileSync(join(this.#place, "seal"), "utf8"));
    } catch {
      // Missing or cut off: made anew from the tar.
      return undefined;
    }
  }
}

/**
 * Mounts an index with its tar. Set-uid files and devices of a layer count in root filesystems, where overlayfs looks
 * at its own mount's flags alone; in this place, which nobody works in, they do not.
 */
export function mountIndex(index: string, tar: string, target: string): void {
  // By descriptor: a comma in a path would end the option.
  const fd = openSync(tar, "r");
  try {
    const flags = MS.RDONLY | MS.NOSUID | MS.NODEV | MS.NOEXEC;
    mount(index, target, "erofs", flags, `device=/proc/self/fd/${fd}`);
  } finally {
    closeSync(fd);
  }
}

let last: Promise<unknown> = Promise.resolve();

/** Indexes are made one after the other, so that many large layers at once take no more memory than one. */
function oneAtATime<Result>(work: () => Promise<Result>): Promise<Result> {
  const next = last.then(work, work);
  last = next.catch(() => undefined);
  return next;
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

function digestOfFile(path: string): Digest {
  const digester = new Digester();
  const piece = Buffer.alloc(1 << 18);
  const fd = openSync(path, "r");
  try {
    for (let count = readSync(fd, piece); count > 0; count = readSync(fd, piece)) {
      digester.update(piece.subarray(0, count));
    }
  } finally {
    closeSync(fd);
  }
  return digester.digest();
}
