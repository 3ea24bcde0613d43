/** What a build is made from, ready to be sent. */
export interface BuildContext {
  /** Name of the Dockerfile within the context; undefined lets the engine look for it. */
  readonly dockerfile: string | undefined;
  /** The tar archive; undefined where the engine fetches `remote` itself. */
  readonly archive: AsyncIterable<Uint8Array> | undefined;
  /** URL of a context that the engine fetches. */
  readonly remote?: string;
}
