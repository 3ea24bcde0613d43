/** Where the bytes of an HTTP reply come from: some socket, read by pulling. */
export interface ReplySource {
  /** The next bytes; undefined at the end of the stream. */
  read(): Promise<Uint8Array | undefined>;
  /** Puts bytes back: the next `read` returns them. */
  unread(bytes: Uint8Array): void;
  /**
   * The error for a reply that breaks the rules, of the class that the reader's callers expect.
   * @param early it breaks none, but ended where more was due
   */
  broken(message: string, early?: boolean): Error;
}
