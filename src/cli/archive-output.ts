import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, rmSync, type Stats, statSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { codeOf, invalid } from "../core/index.ts";
import { systemReason } from "./run-options/system-reason.ts";
import { atExit } from "./terminal/at-exit.ts";

/** `what` is for errors, e.g. `save image`. @throws invalid where no archive can be written; nothing has been asked of the engine then */
export function checkOutput(path: string, what: string): void {
  const failed = (why: string) => invalid(`failed to ${what}: ${why}`);
  const directory = dirname(path);
  if (!statOf(directory, what)?.isDirectory()) {
    throw failed(`invalid output path: stat ${directory}: no such file or directory`);
  }
  const existing = statOf(path, what);
  if (existing?.isDirectory()) throw failed("cannot write to a directory");
  if (existing && !existing.isFile()) throw failed(`cannot write to ${path}: it is not a regular file`);
}

function statOf(path: string, what: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw invalid(`failed to ${what}: stat ${path}: ${systemReason(error)}`);
  }
}

/** The file appears under its name when it is whole, or not at all. */
export async function writeArchive(
  path: string,
  body: AsyncIterable<Uint8Array>,
  what: string,
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}`);
  const failed = (error: unknown) => invalid(`failed to ${what}: ${path}: ${systemReason(error)}`, error);
  let fd: number;
  try {
    fd = openSync(temporary, "wx", 0o600);
  } catch (error) {
    throw failed(error);
  }
  const remove = () => rmSync(temporary, { force: true });
  const forget = atExit(remove);
  try {
    for await (const bytes of body) writeAll(fd, bytes, failed);
    fsyncSync(fd);
    renameSync(temporary, path);
  } finally {
    forget();
    closeSync(fd);
    remove();
  }
}

function writeAll(fd: number, bytes: Uint8Array, failed: (error: unknown) => Error): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      throw failed(error);
    }
  }
}
