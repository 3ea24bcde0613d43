/** The lower of two API versions such as `1.41`. */
export function lowerVersion(a: string, b: string): string {
  return compareVersions(a, b) <= 0 ? a : b;
}

/** Negative when `a` is older than `b`, 0 when they are the same, positive otherwise. Missing parts count as 0. */
export function compareVersions(a: string, b: string): number {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
