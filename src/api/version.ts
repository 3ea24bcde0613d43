import { invalid } from "../core/index.ts";
import { API_VERSION, MIN_API_VERSION } from "../spec/index.ts";

/** The API version a request is made in. */
export class ApiVersion {
  readonly #major: number;
  readonly #minor: number;
  constructor(readonly text: string) {
    const [major = "0", minor = "0"] = text.split(".");
    this.#major = Number(major) || 0;
    this.#minor = Number(minor) || 0;
  }

  /** True for this version and every later one. */
  atLeast(major: number, minor: number): boolean {
    return this.#major > major || (this.#major === major && this.#minor >= minor);
  }

  below(other: ApiVersion): boolean {
    return !this.atLeast(other.#major, other.#minor);
  }
}

export const NEWEST = new ApiVersion(API_VERSION);
const OLDEST = new ApiVersion(MIN_API_VERSION);

/** The version written in a request's path. @throws invalid when this engine does not speak it */
export function requestedVersion(written: string | undefined): ApiVersion {
  if (written === undefined || written === API_VERSION) return NEWEST;
  const version = new ApiVersion(written);
  if (NEWEST.below(version)) {
    throw invalid(`client version ${written} is too new. Maximum supported API version is ${API_VERSION}`);
  }
  if (version.below(OLDEST)) {
    throw invalid(
      `client version ${written} is too old. Minimum supported API version is ${MIN_API_VERSION}, please upgrade your client to a newer version`,
    );
  }
  return version;
}

/** Clients of versions this old expect errors as plain text. */
export function wantsPlainErrors(written: string | undefined): boolean {
  return written !== undefined && new ApiVersion(written).below(OLDEST);
}
