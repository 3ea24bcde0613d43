import type { ApiVersion } from "../version.ts";

export const RAW_STREAM = "application/vnd.docker.raw-stream";
export const MULTIPLEXED_STREAM = "application/vnd.docker.multiplexed-stream";

/** The content type of a container's output: clients before API 1.42 know only one. */
export function streamType(multiplexed: boolean, version: ApiVersion): string {
  return multiplexed && version.atLeast(1, 42) ? MULTIPLEXED_STREAM : RAW_STREAM;
}
