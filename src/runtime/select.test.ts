import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Runtimes } from "./select.ts";

const host = (programs: Record<string, string>) => (name: string) =>
  programs[name] ?? (Object.values(programs).includes(name) ? name : undefined);
const both = host({ crun: "/usr/bin/crun", runc: "/usr/sbin/runc" });
const root = "/run/engine/runtime";

describe("choosing a runtime", () => {
  test("crun where control groups are version 2 alone, else runc", () => {
    expect(new Runtimes({ root, find: both, mode: "unified" }).default.name).toBe("crun");
    expect(new Runtimes({ root, find: both, mode: "hybrid" }).default.name).toBe("runc");
    expect(new Runtimes({ root, find: host({ runc: "/usr/sbin/runc" }), mode: "unified" }).default.name).toBe(
      "runc",
    );
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
    const runtimes = new Runtimes({ root, find: both, mode: "unified" });
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

  test("on hybrid control groups crun is called through a script that hides version 2, where unshare is there", () => {
    const directory = mkdtempSync(join(tmpdir(), "berth-select-"));
    try {
      const find = host({ crun: "/usr/bin/crun", runc: "/usr/sbin/runc", unshare: "/usr/bin/unshare" });
      const runtimes = new Runtimes({ root: directory, find, mode: "hybrid" });
      const chosen = runtimes.resolve("crun");
      expect([runtimes.default.name, chosen.name]).toEqual(["runc", "crun"]);
      expect(chosen.path).toBe(join(directory, "crun-wrapper", "crun"));
      const alone = host({ crun: "/usr/bin/crun", unshare: "/usr/bin/unshare" });
      expect(new Runtimes({ root: directory, find: alone, mode: "hybrid" }).default.path).toBe(chosen.path);
      const script = readFileSync(chosen.path, "utf8");
      expect(script).toContain("'/usr/bin/unshare' --mount");
      expect(script).toContain("/usr/bin/crun");
      expect(new Runtimes({ root: directory, find, mode: "unified" }).default.path).toBe("/usr/bin/crun");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
