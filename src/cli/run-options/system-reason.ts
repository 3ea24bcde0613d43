import { codeOf, messageOf } from "../../core/index.ts";

const REASONS: Record<string, string> = {
  ENOENT: "no such file or directory",
  EACCES: "permission denied",
  EISDIR: "is a directory",
  ENOTDIR: "not a directory",
  EEXIST: "file exists",
  ENOSPC: "no space left on device",
  EROFS: "read-only file system",
};

/** A failed file operation in the words of strerror(3). */
export function systemReason(error: unknown): string {
  return REASONS[codeOf(error) ?? ""] ?? messageOf(error);
}
