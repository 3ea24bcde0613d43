/** The command line is wrong. `message` is the whole text for the user, `status` Docker's exit status for the case. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  constructor(
    message: string,
    /** 125 for a flag, 1 for a wrong command or number of arguments. */
    readonly status: 1 | 125,
  ) {
    super(message);
  }
}

/** A fault in a flag or its value; the framework adds the usage line and exits with 125. */
export class FlagError extends Error {
  override readonly name = "FlagError";
  constructor(
    message: string,
    readonly suggestion?: string,
  ) {
    super(message);
  }
}
