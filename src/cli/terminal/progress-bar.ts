import { humanSize } from "../../core/index.ts";

const WIDTH = 30;

/** `[=====>     ]  1.2MB/40MB`, or `1.2MB` where the whole is not known; empty before anything has happened. */
export function progressBar(current: number, total: number): string {
  if (current <= 0 && total <= 0) return "";
  if (total <= 0 || current > total) return humanSize(current);
  const filled = Math.floor((current / total) * WIDTH);
  const head = filled < WIDTH ? ">" : "";
  const bar = `${"=".repeat(filled)}${head}`.padEnd(WIDTH);
  return `[${bar}] ${`${humanSize(current)}/${humanSize(total)}`.padStart(15)}`;
}
