// Where things are in the checkout. Everything below works on absolute paths, so a script may be run from anywhere.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
export const bun = join(root, "node_modules", ".bin", "bun");
export const berth = join(root, "dist", "berth");

/** package.json, read once. */
export const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
