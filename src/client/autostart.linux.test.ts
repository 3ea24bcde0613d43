import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEngine } from "./autostart.ts";

const directory = mkdtempSync(join(tmpdir(), "berth-autostart-"));
const children: number[] = [];
afterAll(() => {
  for (const pid of children) process.kill(pid, "SIGKILL");
  rmSync(directory, { recursive: true, force: true });
});

/** A program that listens after a while and writes down its process id and session. */
function engine(name: string, delayMs: number): { command: string[]; socket: string; note: string } {
  const socket = join(directory, `${name}.sock`);
  const note = join(directory, `${name}.pid`);
  const file = join(directory, `${name}.ts`);
  writeFileSync(
    file,
    `import { readFileSync, writeFileSync } from "node:fs";
     const session = readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ")[3];
     writeFileSync(${JSON.stringify(note)}, process.pid + " " + session);
     console.log("up");
     await Bun.sleep(${delayMs});
     Bun.listen({ unix: ${JSON.stringify(socket)}, socket: { data() {} } });`,
  );
  return { command: [process.execPath, file], socket, note };
}

const root = process.geteuid?.() === 0;

describe.skipIf(!root)("starting the engine", () => {
  test("waits until it answers, in a session of its own, with its output in the log", async () => {
    const { command, socket, note } = engine("quick", 50);
    const logFile = join(directory, "deep", "er", "daemon.log");
    const said: string[] = [];
    await startEngine({
      endpoint: { kind: "unix", path: socket },
      command,
      logFile,
      say: (line) => said.push(line),
    });
    const [pid, session] = readFileSync(note, "utf8").split(" ").map(Number);
    children.push(pid as number);
    expect(session).toBe(pid as number);
    expect(readFileSync(logFile, "utf8")).toBe("up\n");
    expect(said).toEqual([]);
  });

  test("says so when it takes long", async () => {
    const { command, socket, note } = engine("slow", 1200);
    const logFile = join(directory, "slow.log");
    const said: string[] = [];
    await startEngine({
      endpoint: { kind: "unix", path: socket },
      command,
      logFile,
      say: (line) => said.push(line),
    });
    children.push(Number(readFileSync(note, "utf8").split(" ")[0]));
    expect(said).toEqual([`Starting the Berth daemon (its log: ${logFile}) ...`]);
  });

  test("our daemon may end because another one was earlier", async () => {
    const { command, socket, note } = engine("first", 300);
    const endpoint = { kind: "unix" as const, path: socket };
    const logFile = join(directory, "race.log");
    const both = await Promise.all([
      startEngine({ endpoint, command, logFile, say: () => undefined }),
      startEngine({ endpoint, command: ["/bin/false"], logFile, say: () => undefined }),
    ]);
    expect(both.length).toBe(2);
    children.push(Number(readFileSync(note, "utf8").split(" ")[0]));
  });

  test("an engine that ends, does not exist or never answers is an error with the log's name", async () => {
    const logFile = join(directory, "bad.log");
    const start = (command: string[], deadlineMs = 5000) =>
      startEngine({
        endpoint: { kind: "unix", path: join(directory, "never.sock") },
        command,
        logFile,
        say: () => undefined,
        deadlineMs,
      });
    await expect(start(["/bin/sh", "-c", "echo no; echo no root >&2; exit 3"])).rejects.toThrow(
      `did not start (exit status 3): no root\nIts log is ${logFile}`,
    );
    await expect(start(["/nonexistent/berth"])).rejects.toThrow("did not start");
    const { command, note } = engine("mute", 100_000);
    await expect(start(command, 600)).rejects.toThrow(`does not answer after 1 s\nIts log is ${logFile}`);
    if (existsSync(note)) children.push(Number(readFileSync(note, "utf8").split(" ")[0]));
  });
});
