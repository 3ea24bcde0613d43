/**
 * Indents JSON text by four spaces without touching its tokens, so that large numbers and escapes stay as the server
 * wrote them. The input must be valid JSON.
 */
export function indentJson(json: string): string {
  let out = "";
  let depth = 0;
  const line = () => `\n${"    ".repeat(depth)}`;
  for (let i = 0; i < json.length; i++) {
    const c = json[i] as string;
    if (c === '"') {
      const start = i;
      for (i++; i < json.length && json[i] !== '"'; i++) if (json[i] === "\\") i++;
      out += json.slice(start, i + 1);
    } else if (c === "{" || c === "[") {
      const close = c === "{" ? "}" : "]";
      let next = i + 1;
      while (/\s/.test(json[next] ?? "")) next++;
      if (json[next] === close) {
        out += c + close;
        i = next;
      } else {
        depth++;
        out += c + line();
      }
    } else if (c === "}" || c === "]") {
      depth--;
      out += line() + c;
    } else if (c === ",") out += c + line();
    else if (c === ":") out += ": ";
    else if (!/\s/.test(c)) out += c;
  }
  return out;
}
