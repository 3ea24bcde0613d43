import { readFileSync } from "node:fs";
import { invalid } from "../core/index.ts";
import { runCommand } from "../process/index.ts";
import type { TopReply } from "../spec/index.ts";

const CLOCK_TICKS = 100;
const TITLES = ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"];

interface ProcessFacts {
  readonly pid: number;
  readonly ppid: number;
  readonly uid: number;
  readonly tty: number;
  readonly cpuSeconds: number;
  /** Seconds after boot. */
  readonly started: number;
  readonly command: string;
}

/** Facts of one process from /proc (proc(5)); undefined when it has gone meanwhile. */
function factsOf(pid: number): ProcessFacts | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const number = (index: number) => Number(fields[index - 3]);
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replace(/\0+$/, "").replaceAll("\0", " ");
    return {
      pid,
      ppid: number(4),
      uid: Number(/^Uid:\s+(\d+)/m.exec(status)?.[1] ?? 0),
      tty: number(7),
      cpuSeconds: (number(14) + number(15)) / CLOCK_TICKS,
      started: number(22) / CLOCK_TICKS,
      command: line || `[${name}]`,
    };
  } catch {
    return undefined;
  }
}

const two = (n: number) => String(n).padStart(2, "0");

function clock(seconds: number): string {
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor((seconds % 3600) / 60))}:${two(Math.floor(seconds % 60))}`;
}

/** tty_nr of stat(5): pseudo-terminals have majors 136 and up. */
function terminal(device: number): string {
  const major = (device >> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >> 12) & 0xfff00);
  return major >= 136 && major <= 143 ? `pts/${minor + (major - 136) * 256}` : "?";
}

function userNames(): Map<number, string> {
  const lines = readFileSync("/etc/passwd", "utf8").split("\n");
  return new Map(lines.map((line) => line.split(":")).map(([name = "", , uid]) => [Number(uid), name]));
}

/** The processes in the columns of `ps -ef`, which is what Docker asks for by default. */
function fullListing(pids: readonly number[]): TopReply {
  const uptime = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
  const names = userNames();
  const rows = pids.flatMap((pid) => {
    const facts = factsOf(pid);
    if (!facts) return [];
    const age = Math.max(uptime - facts.started, 0);
    const since = new Date(Date.now() - age * 1000);
    const share = age > 0 ? Math.floor((facts.cpuSeconds / age) * 100) : 0;
    const time =
      age < 86_400
        ? `${two(since.getHours())}:${two(since.getMinutes())}`
        : since.toDateString().slice(4, 10).replace(" ", "");
    return [
      [
        names.get(facts.uid) ?? String(facts.uid),
        String(facts.pid),
        String(facts.ppid),
        String(share),
        time,
        terminal(facts.tty),
        clock(facts.cpuSeconds),
        facts.command,
      ],
    ];
  });
  return { Titles: TITLES, Processes: rows };
}

/**
 * `docker top`: the container's processes. Without arguments the listing is made from /proc; with arguments the
 * host's ps(1) makes it, and its PID column picks the container's lines. @throws invalid
 */
export async function listProcesses(pids: readonly number[], psArgs?: string): Promise<TopReply> {
  if (!psArgs || psArgs === "-ef") return fullListing(pids);
  const { code, stdout, stderr } = await runCommand(["ps", ...psArgs.trim().split(/\s+/)], {
    timeoutMs: 10_000,
  });
  if (code !== 0) throw invalid(`ps: ${stderr.trim().split("\n")[0] || `exit status ${code}`}`);
  const [header = "", ...lines] = stdout.split("\n").filter(Boolean);
  const titles = header.trim().split(/\s+/);
  const column = titles.indexOf("PID");
  if (column < 0) throw invalid("Couldn't find PID field in ps output");
  const own = new Set(pids.map(String));
  const rows = lines
    .map((line) => {
      const words = line.trim().split(/\s+/);
      const last = titles.length - 1;
      return [...words.slice(0, last), words.slice(last).join(" ")];
    })
    .filter((row) => own.has(row[column] as string));
  return { Titles: titles, Processes: rows };
}
