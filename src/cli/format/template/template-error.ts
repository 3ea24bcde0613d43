/** A template is malformed or cannot be executed. The message has the form of Go's text/template. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
}
