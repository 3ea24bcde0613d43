import { encodeText, type TarInput, writeTar } from "../../image/index.ts";

/** Files of a test by path: text is a file's content, the rest says what else it is. Directories end in a slash. */
export type Files = Record<string, string | Partial<TarInput>>;

export function tarOf(files: Files): AsyncIterable<Uint8Array> {
  return writeTar(
    Object.entries(files).map(([path, what]): TarInput => {
      const directory = path.endsWith("/");
      const name = encodeText(directory ? path.slice(0, -1) : path);
      const base = { name, mode: directory ? 0o755 : 0o644, type: directory ? "directory" : "file" } as const;
      if (typeof what !== "string") return { ...base, ...what };
      return { ...base, ...(!directory && { body: Buffer.from(what) }) };
    }),
  );
}

/** The same in one piece. */
export async function archive(files: Files): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const piece of tarOf(files)) parts.push(piece);
  return Buffer.concat(parts);
}
