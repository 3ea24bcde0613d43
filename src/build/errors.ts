import { BerthError } from "../core/index.ts";

/** A RUN whose command ended with a status other than 0. */
export class CommandFailed extends BerthError {
  constructor(
    args: readonly string[],
    readonly exitCode: number,
  ) {
    super("invalid", `The command '${args.join(" ")}' returned a non-zero code: ${exitCode}`);
  }
}
