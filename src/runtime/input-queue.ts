/** Keeps writes and the end of input in the order they were asked for. */
export class InputQueue {
  #last: Promise<unknown> = Promise.resolve();

  run(step: () => Promise<unknown> | unknown): Promise<void> {
    const done = this.#last.then(step);
    this.#last = done.catch(() => {});
    return done.then(() => {});
  }
}
