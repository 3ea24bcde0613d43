import { isSpace } from "./space.ts";

/** Gathers words from text that comes in pieces: unquoted blanks end a word, quoted ones belong to it. */
export class WordList {
  readonly #done: string[] = [];
  #word: string[] = [];

  /** Quoted or escaped text. */
  raw(text: string): void {
    if (text !== "") this.#word.push(text);
  }
  /** Unquoted text. */
  split(text: string): void {
    for (const character of text) {
      if (!isSpace(character)) this.#word.push(character);
      else this.#end();
    }
  }
  #end(): void {
    if (this.#word.length > 0) this.#done.push(this.#word.join(""));
    this.#word = [];
  }
  finish(): string[] {
    this.#end();
    return this.#done;
  }
}
