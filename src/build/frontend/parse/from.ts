import type { FromInstruction } from "../instruction.ts";
import { splitBlanks } from "../words.ts";
import { mistake, origin, type ParseRequest, readFlags } from "./request.ts";

const STAGE_NAME = /^[a-z][a-z0-9-_.]*$/;

export function parseFrom(request: ParseRequest): FromInstruction {
  const { platform } = readFlags(request, ["platform"]);
  const words = splitBlanks(request.rest);
  const [base, as, written] = words;
  const named = words.length === 3 && as?.toLowerCase() === "as";
  if (base === undefined || (words.length !== 1 && !named)) {
    throw mistake(request, "FROM requires either one or three arguments");
  }
  const name = written?.toLowerCase();
  if (name !== undefined && !STAGE_NAME.test(name)) {
    throw mistake(
      request,
      `invalid name for build stage: ${JSON.stringify(written)}, name can't start with a number or contain symbols`,
    );
  }
  return {
    ...origin(request),
    kind: "from",
    base,
    ...(name !== undefined && { name }),
    ...(platform !== undefined && { platform }),
  };
}
