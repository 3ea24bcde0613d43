import { Breather, OpenDirectory, walk } from "./walk.ts";

/** Bytes of all files and link targets below a directory, each inode once: what Docker calls a layer's size. */
export async function diskUsage(path: string): Promise<number> {
  using root = OpenDirectory.root(path);
  const breather = new Breather();
  const counted = new Set<bigint>();
  let total = 0;
  for (const { stat } of walk(root)) {
    await breather.step();
    if (!stat.isFile() && !stat.isSymbolicLink()) continue;
    if (stat.nlink > 1n) {
      if (counted.has(stat.ino)) continue;
      counted.add(stat.ino);
    }
    total += Number(stat.size);
  }
  return total;
}
