import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandLine, makingCommandLine } from "./adapter.ts";
import { Runtimes } from "./select.ts";

const host = (programs: Record<string, string>) => (name: string) =>
  programs[name] ?? (Object.values(programs).includes(name) ? name : undefined);
const both = host({ crun: "/usr/bin/crun", runc: "/usr/sbin/runc" });
const root = "/run/engine/runtime";
const works = { works: () => true, compiles: true };

describe("choosing a runtime", () => {
  test("crun where it works, else runc", () => {
    const chosen = (more: object) =>
      new Runtimes({ root, find: both, mode: "unified", ...works, ...more }).default.name;
    for (const mode of ["unified", "legacy"]) expect([mode, chosen({ mode })]).toEqual([mode, "crun"]);
    expect(chosen({ works: () => false })).toBe("runc");
    expect(chosen({ find: host({ runc: "/usr/sbin/runc" }) })).toBe("runc");
  });

  test("crun that cannot be handed compiled filters is second to runc, and better than nothing", () => {
    const chosen = (find: typeof both) =>
      new Runtimes({ root, find, mode: "unified", works: () => true, compiles: false }).default.name;
    expect(chosen(both)).toBe("runc");
    expect(chosen(host({ crun: "/usr/bin/crun" }))).toBe("crun");
  });

  test("the configured one, by name or path", () => {
    const options = { root, find: both, mode: "unified" } as const;
    expect(new Runtimes({ ...options, configured: "runc" }).default.path).toBe("/usr/sbin/runc");
    expect(new Runtimes({ ...options, configured: "/usr/sbin/runc" }).default.kind.kind).toBe("runc");
    expect(() => new Runtimes({ ...options, configured: "youki" })).toThrow("youki: program not found");
  });

  test("a missing runtime is named with the commands that install it", () => {
    const none = () => new Runtimes({ root, find: host({}), mode: "unified" });
    expect(none).toThrow("runc: program not found");
    for (const command of ["apt-get install runc", "dnf install runc", "apk add runc", "pacman -S runc"]) {
      expect(none).toThrow(command);
    }
    const onlyCrun = () => new Runtimes({ root, find: host({ crun: "/usr/bin/crun" }), mode: "hybrid" });
    expect(onlyCrun).toThrow("does not accept this host's hybrid control groups");
  });

  test("a container's own choice", () => {
    const runtimes = new Runtimes({ root, find: both, mode: "unified", ...works });
    expect(runtimes.resolve().name).toBe("crun");
    expect(runtimes.resolve("").name).toBe("crun");
    expect(runtimes.resolve("io.containerd.runc.v2").name).toBe("runc");
    expect(() => runtimes.resolve("nope")).toThrow("unknown or invalid runtime name: nope");
    expect(() => runtimes.resolve("../evil")).toThrow("unknown or invalid runtime name");
  });

  test("state directories differ where programs do", () => {
    const find = host({ runc: "/usr/sbin/runc", other: "/opt/runc" });
    const runtimes = new Runtimes({ root, find, mode: "hybrid" });
    const roots = ["runc", "/usr/sbin/runc", "/opt/runc"].map((name) => runtimes.resolve(name).root);
    expect(roots[0]).toBe(`${root}/runc`);
    expect(roots[1]).toBe(`${root}/runc`);
    expect(roots[2]).toMatch(/^\/run\/engine\/runtime\/runc-[0-9a-f]{8}$/);
  });

  test("on hybrid control groups crun is called through words that hide version 2, where unshare is there", () => {
    const programs = { crun: "/usr/bin/crun", runc: "/usr/sbin/runc" };
    const find = host({ ...programs, unshare: "/usr/bin/unshare" });
    const { default: chosen, forRuns } = new Runtimes({ root, find, mode: "hybrid", ...works });
    expect([chosen.name, chosen.path]).toEqual(["crun", "/usr/bin/crun"]);
    const command = ["/usr/bin/crun", "--root", `${root}/crun`] as const;
    expect(commandLine(chosen)).toEqual([...command]);
    for (const [rootfsPropagation, inside] of [
      ["rslave", "slave"],
      ["shared", "unchanged"],
    ] as const) {
      const making = makingCommandLine(chosen, { linux: { namespaces: [], rootfsPropagation } });
      expect(making.slice(0, 4)).toEqual(["/usr/bin/unshare", "--mount", "--propagation", inside]);
      expect(making.slice(-3)).toEqual([...command]);
    }
    expect(forRuns.name).toBe("runc");
    const configured = new Runtimes({ root, find, mode: "hybrid", ...works, configured: "crun" });
    expect([configured.default.name, configured.forRuns.name]).toEqual(["crun", "crun"]);
    expect(new Runtimes({ root, find, mode: "unified", ...works }).forRuns.name).toBe("crun");
    expect(new Runtimes({ root, find, mode: "hybrid", ...works }).resolve("runc").launcher).toBeUndefined();
    expect(new Runtimes({ root, find, mode: "unified", ...works }).default.launcher).toBeUndefined();
    expect(new Runtimes({ root, find: host(programs), mode: "hybrid", ...works }).default.name).toBe("runc");
  });

  test("whether crun works is asked of it: it must be callable and filter system calls", () => {
    const directory = mkdtempSync(join(tmpdir(), "berth-select-"));
    try {
      const chosen = (script: string) => {
        writeFileSync(join(directory, "crun"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
        const find = host({ crun: join(directory, "crun"), runc: "/usr/sbin/runc" });
        return new Runtimes({ root, find, mode: "unified", compiles: true }).default.name;
      };
      expect(chosen("echo crun version 1; echo +SYSTEMD +SECCOMP +EBPF")).toBe("crun");
      expect(chosen("echo crun version 1; echo +SYSTEMD +EBPF")).toBe("runc");
      expect(chosen("echo +SECCOMP; exit 127")).toBe("runc");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
