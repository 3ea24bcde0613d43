/** A function of a template was called wrongly; the evaluator adds where. */
export class CallError extends Error {
  override readonly name = "CallError";
}
