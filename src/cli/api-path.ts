/**
 * A name as part of an API path. Slashes, colons and at signs stay, as image names have them; `.` and `..` are not left
 * to be taken for directories.
 */
export function pathName(name: string): string {
  return name
    .split("/")
    .map((part) => (/^\.{1,2}$/.test(part) ? part.replaceAll(".", "%2E") : encodePart(part)))
    .join("/");
}

function encodePart(part: string): string {
  return encodeURIComponent(part.toWellFormed()).replaceAll("%3A", ":").replaceAll("%40", "@");
}
