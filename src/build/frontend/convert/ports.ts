import { invalid } from "../../../core/index.ts";

const PROTOCOLS = ["tcp", "udp", "sctp"];

/**
 * Ports of one EXPOSE word as `80/tcp`: `80`, `80/udp`, `8000-8010`; an address or host port before them is dropped,
 * as Docker does.
 * @throws invalid in Docker's words
 */
export function exposedPorts(word: string): string[] {
  const slash = word.lastIndexOf("/");
  const protocol = slash < 0 ? "tcp" : word.slice(slash + 1).toLowerCase();
  const mapping = slash < 0 ? word : word.slice(0, slash);
  if (!PROTOCOLS.includes(protocol)) {
    throw invalid(`invalid port: ${JSON.stringify(word)}: invalid proto: ${protocol}`);
  }
  const container = mapping.slice(mapping.lastIndexOf(":") + 1);
  const range = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(container);
  const first = Number(range?.[1]);
  const last = Number(range?.[2] ?? range?.[1]);
  if (!range || first > 65535 || last > 65535 || last < first) {
    throw invalid(`invalid containerPort: ${container}`);
  }
  return Array.from({ length: last - first + 1 }, (_, i) => `${first + i}/${protocol}`);
}
