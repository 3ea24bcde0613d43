type Labels = Readonly<Record<string, string>> | null | undefined;

/** `a=1,b=2`, sorted. */
export function labelList(labels: Labels): string {
  return Object.entries(labels ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(",");
}

export function labelValue(labels: Labels, name: string): string {
  return labels && Object.hasOwn(labels, name) ? (labels[name] ?? "") : "";
}

/** At most `width` characters, the last one `…` when something was left out. */
export function ellipsis(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join("")}…`;
}
