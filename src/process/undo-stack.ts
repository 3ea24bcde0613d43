import { messageOf } from "../core/index.ts";

/**
 * What to undo when an operation of several steps fails half-way: `await using undo = new UndoStack()`, a `defer` after
 * each step, `commit` at the end. Undo steps run in reverse; one that fails does not stop the others.
 */
export class UndoStack implements AsyncDisposable {
  readonly #steps: { what: string; undo: () => void | Promise<void> }[] = [];

  constructor(private readonly log: (message: string) => void = () => {}) {}

  defer(what: string, undo: () => void | Promise<void>): void {
    this.#steps.push({ what, undo });
  }

  /** The operation succeeded: nothing will be undone. */
  commit(): void {
    this.#steps.length = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      try {
        await step.undo();
      } catch (error) {
        this.log(`undoing "${step.what}" failed: ${messageOf(error)}`);
      }
    }
  }
}
