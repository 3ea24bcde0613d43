import type { FileHandle } from "node:fs/promises";

/** Writes all of `bytes` at the file's position: one write(2) may take fewer. */
export async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    done += (await file.write(bytes, done, bytes.byteLength - done)).bytesWritten;
  }
}
