/**
 * The parts of the EROFS on-disk format (Linux, fs/erofs/erofs_fs.h) that an index of a tar needs. All numbers are
 * little-endian. Blocks have 512 bytes, as a tar's: so every file of the tar begins with a block.
 */
export const BLOCK_BITS = 9;
export const BLOCK_SIZE = 1 << BLOCK_BITS;
/** Inodes begin at multiples of this, and are numbered by their place (`nid`). */
export const SLOT = 32;
/** The extended form of an inode. */
export const INODE_SIZE = 64;
export const DIRENT_SIZE = 12;
export const CHUNK_ENTRY_SIZE = 8;
/** Chunks have at most 1 << 31 blocks (EROFS_CHUNK_FORMAT_BLKBITS_MASK). */
export const MAX_CHUNK_BITS = 31;
/** No block: the content of holes. */
export const NO_BLOCK = 0xffffffff;

/** Data layouts of an inode. */
export const FLAT_PLAIN = 0;
export const FLAT_INLINE = 2;
export const CHUNK_BASED = 4;

const SUPER_OFFSET = 1024;
const MAGIC = 0xe0f5e1e2;
const INCOMPAT_CHUNKED_FILE = 0x4;
const INCOMPAT_DEVICE_TABLE = 0x8;
const DEVICE_SLOT = 128;
const DEVICE_TABLE = SUPER_OFFSET + 2 * DEVICE_SLOT;
/** Superblock and device table; inodes begin behind them. */
export const HEAD_SIZE = 2048;

export interface Head {
  readonly rootNid: number;
  readonly inodes: number;
  /** Blocks of the index itself. */
  readonly blocks: number;
  /** Blocks of the tar; their numbers begin behind those of the index. */
  readonly tarBlocks: number;
  /** 16 bytes by which overlayfs tells filesystems apart. */
  readonly uuid: Uint8Array;
}

/** The first `HEAD_SIZE` bytes: struct erofs_super_block, and one struct erofs_deviceslot for the tar. */
export function encodeHead({ rootNid, inodes, blocks, tarBlocks, uuid }: Head): Buffer {
  const out = Buffer.alloc(HEAD_SIZE);
  const at = SUPER_OFFSET;
  out.writeUInt32LE(MAGIC, at);
  out[at + 12] = BLOCK_BITS;
  out.writeUInt16LE(rootNid, at + 14);
  out.writeUInt32LE(inodes, at + 16);
  out.writeUInt32LE(blocks, at + 36);
  out.set(uuid.subarray(0, 16), at + 48);
  out.writeUInt32LE(INCOMPAT_CHUNKED_FILE | INCOMPAT_DEVICE_TABLE, at + 80);
  out.writeUInt16LE(1, at + 86);
  out.writeUInt16LE(DEVICE_TABLE / DEVICE_SLOT, at + 88);
  out.writeUInt32LE(tarBlocks, DEVICE_TABLE + 64);
  out.writeUInt32LE(blocks, DEVICE_TABLE + 68);
  return out;
}

export interface EncodedInode {
  readonly layout: number;
  readonly attributeCount: number;
  readonly mode: number;
  readonly size: number;
  /** i_u: first block, device number or chunk format. */
  readonly union: number;
  /** The number that 32-bit programs see. */
  readonly number: number;
  readonly uid: number;
  readonly gid: number;
  readonly seconds: number;
  readonly nanos: number;
  readonly links: number;
}

/** struct erofs_inode_extended, into zeroed bytes. */
export function encodeInode(out: Buffer, at: number, inode: EncodedInode): void {
  out.writeUInt16LE(1 | (inode.layout << 1), at);
  out.writeUInt16LE(inode.attributeCount, at + 2);
  out.writeUInt16LE(inode.mode, at + 4);
  writeUInt64(out, inode.size, at + 8);
  out.writeUInt32LE(inode.union, at + 16);
  out.writeUInt32LE(inode.number, at + 20);
  out.writeUInt32LE(inode.uid, at + 24);
  out.writeUInt32LE(inode.gid, at + 28);
  writeUInt64(out, inode.seconds, at + 32);
  out.writeUInt32LE(inode.nanos, at + 40);
  out.writeUInt32LE(inode.links, at + 44);
}

/** i_u of a file in chunks (EROFS_CHUNK_FORMAT_INDEXES). */
export function chunkFormat(chunkBits: number): number {
  return 0x20 | chunkBits;
}

/** struct erofs_inode_chunk_index, into zeroed bytes; `block` counts from the index's first block. */
export function encodeChunk(out: Buffer, at: number, block: number): void {
  out.writeUInt32LE(block, at + 4);
}

/** struct erofs_dirent without its name, into zeroed bytes. */
export function encodeDirent(out: Buffer, at: number, nid: number, nameOffset: number, type: number): void {
  writeUInt64(out, nid, at);
  out.writeUInt16LE(nameOffset, at + 8);
  out[at + 10] = type;
}

/** Two's complement for negative numbers. */
function writeUInt64(out: Buffer, value: number, at: number): void {
  out.writeUInt32LE(value >>> 0, at);
  out.writeUInt32LE(Math.floor(value / 2 ** 32) >>> 0, at + 4);
}
