/** A field name, RFC 9110 section 5.6.2. */
export const HTTP_TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;

/**
 * Request line and header fields of HTTP/1.1 (RFC 9112), ready to send.
 * @throws Error when a field would break out of its line.
 */
export function encodeRequestHead(
  method: string,
  target: string,
  headers: Readonly<Record<string, string>>,
): Uint8Array {
  if (/[\s\x00-\x20\x7f]/.test(target)) throw new Error(`bad request target: ${JSON.stringify(target)}`);
  let head = `${method} ${target} HTTP/1.1\r\n`;
  for (const [name, value] of Object.entries(headers)) {
    if (!HTTP_TOKEN.test(name) || /[\r\n\x00]/.test(value)) {
      throw new Error(`bad request header: ${JSON.stringify(name)}`);
    }
    head += `${name}: ${value}\r\n`;
  }
  return new TextEncoder().encode(`${head}\r\n`);
}
