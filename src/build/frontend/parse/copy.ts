import { heredocContent, heredocStart } from "../heredoc.ts";
import type { CopyInstruction, InlineFile } from "../instruction.ts";
import { splitBlanks } from "../words.ts";
import { mistake, origin, type ParseRequest, readFlags, readJson } from "./request.ts";

export function parseCopy(kind: "copy" | "add", request: ParseRequest): CopyInstruction {
  const flags = kind === "copy" ? (["from", "chown", "chmod"] as const) : (["chown", "chmod"] as const);
  const { from, chown, chmod }: Partial<Record<"from" | "chown" | "chmod", string>> = readFlags<
    (typeof flags)[number]
  >(request, flags);
  const words = readJson(request) ?? splitBlanks(request.rest);
  if (words.length < 2) {
    throw mistake(
      request,
      `${request.name} requires at least two arguments, but only one was provided. ` +
        "Destination could not be determined",
    );
  }
  const destination = words.at(-1) as string;
  if (request.heredocs.length > 0 && heredocStart(destination)) {
    throw mistake(request, `${request.name} cannot accept a heredoc as a destination`);
  }
  const files: InlineFile[] = [];
  const sources: string[] = [];
  for (const word of words.slice(0, -1)) {
    const start = request.heredocs.length > 0 ? heredocStart(word) : undefined;
    const heredoc = request.heredocs.find((candidate) => candidate.name === start?.name);
    if (heredoc) files.push({ name: heredoc.name, content: heredocContent(heredoc), expand: heredoc.expand });
    else sources.push(word);
  }
  return {
    ...origin(request),
    kind,
    sources,
    files,
    destination,
    words,
    ...(from !== undefined && { from }),
    ...(chown !== undefined && { chown }),
    ...(chmod !== undefined && { chmod }),
  };
}
