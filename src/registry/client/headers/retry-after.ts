/**
 * Milliseconds to wait by a Retry-After header: seconds or an HTTP date (RFC 9110, section 10.2.3). Never negative;
 * undefined when it is neither.
 * @param now ms since the epoch
 */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000;
  // The three forms of a date all begin with the day's name.
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : Math.max(0, time - now);
}
