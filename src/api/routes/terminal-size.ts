import { invalid } from "../../core/index.ts";
import type { Query } from "../query.ts";

/** Rows and columns of a resize request. @throws invalid */
export function terminalSize(query: Query): { height: number; width: number } {
  return { height: dimension(query.get("h"), "height"), width: dimension(query.get("w"), "width") };
}

function dimension(text: string, what: string): number {
  if (!/^\d+$/.test(text)) throw invalid(`invalid resize ${what} ${JSON.stringify(text)}: invalid syntax`);
  const value = Number(text);
  if (value > 0xffff) throw invalid(`invalid resize ${what} ${JSON.stringify(text)}: value out of range`);
  return value;
}
