import { expandWord } from "./expand.ts";

/** A here-document as its opening word announces it. */
export interface HeredocStart {
  readonly name: string;
  /** Variables in the body are expanded: no part of the word was quoted. */
  readonly expand: boolean;
  /** `<<-`: leading tabs of the body's lines are dropped. */
  readonly stripTabs: boolean;
}

export interface Heredoc extends HeredocStart {
  /** The lines as written, ends and tabs kept. */
  readonly body: string;
}

const nothing = () => undefined;

/** Reads `[fd]<<[-]WORD`; undefined when the word is something else. */
export function heredocStart(word: string): HeredocStart | undefined {
  const match = /^\d*<<(-?)([^<]+)$/.exec(word);
  if (!match) return undefined;
  const delimiter = match[2] as string;
  const options = { escape: "\\", keepUnset: true };
  const words = expandOrNothing(delimiter, options);
  const raw = expandOrNothing(delimiter, { ...options, rawQuotes: true });
  const name = words?.[0];
  if (name === undefined || words?.length !== 1 || raw?.length !== 1) return undefined;
  const quotes = (text: string) => text.replace(/[^'"]/g, "").length;
  return { name, expand: quotes(name) === quotes(raw[0] as string), stripTabs: match[1] === "-" };
}

function expandOrNothing(text: string, options: Parameters<typeof expandWord>[2]): string[] | undefined {
  try {
    return expandWord(text, nothing, options).words;
  } catch {
    return undefined;
  }
}

/** Every here-document that an instruction's line opens, in order. */
export function heredocStarts(line: string): HeredocStart[] {
  const options = { escape: "\\", rawQuotes: true, rawEscapes: true, keepUnset: true };
  const words = expandOrNothing(line, options) ?? [];
  return words.map(heredocStart).filter((start) => start !== undefined);
}

/** The body as it is used: without leading tabs where `<<-` asks for it. */
export function heredocContent(heredoc: Heredoc): string {
  return heredoc.stripTabs ? heredoc.body.replace(/^\t+/gm, "") : heredoc.body;
}
