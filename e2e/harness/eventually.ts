/**
 * Calls `probe` until it neither throws nor gives something falsy, and returns what it gave.
 * @throws the last error, or one that says `what` never came true, after `milliseconds`
 */
export async function eventually<T>(
  what: string,
  probe: () => T | Promise<T>,
  milliseconds = 5000,
): Promise<NonNullable<T>> {
  const end = Date.now() + milliseconds;
  for (;;) {
    let failure: unknown;
    try {
      const result = await probe();
      if (result) return result as NonNullable<T>;
    } catch (error) {
      failure = error;
    }
    if (Date.now() > end) throw failure ?? new Error(`after ${milliseconds} ms still not true: ${what}`);
    await Bun.sleep(20);
  }
}
