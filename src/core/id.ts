/** A new identifier of 64 hexadecimal digits, as Docker gives containers, networks and exec sessions. */
export function newId(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex");
}

/** The 12 digits that people see; a `sha256:` prefix is dropped. */
export function shortId(id: string): string {
  return (id.startsWith("sha256:") ? id.slice(7) : id).slice(0, 12);
}
