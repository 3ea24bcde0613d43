import { humanSize } from "./size.ts";

/**
 * A progress bar with its numbers, `[=====>     ]  1.2MB/40MB`; `1.2MB` where the whole is not known, empty before
 * anything has happened. `width` is that of the bar alone.
 */
export function progressBar(current: number, total: number, width: number): string {
  if (current <= 0 && total <= 0) return "";
  if (total <= 0 || current > total) return humanSize(current).padStart(8);
  const filled = Math.floor((current / total) * width);
  const bar = `${"=".repeat(filled)}>`.padEnd(width + 1);
  return `[${bar}] ${humanSize(current).padStart(8)}/${humanSize(total)}`;
}
