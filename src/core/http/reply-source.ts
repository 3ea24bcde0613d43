/** Where the bytes of an HTTP reply come from: some socket, read by pulling. */
export interface ReplySource {
  /** The next bytes; undefined at the end of the stream. */
  read(): Promise<Uint8Array | undefined>;
  /** Puts bytes back: the next `read` returns them. */
  unread(bytes: Uint8Array): void;
  /** The error for a reply that breaks the rules or stops early, of the class that the reader's callers expect. */
  broken(message: string): Error;
}
