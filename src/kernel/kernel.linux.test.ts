import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import {
  createNetns,
  inNetns,
  isMountPoint,
  KernelError,
  lgetxattr,
  llistxattr,
  lockFile,
  lremovexattr,
  lsetxattr,
  lutimes,
  makedev,
  mknod,
  mount,
  openFileLimit,
  openInRoot,
  pidfdOpen,
  pidfdSendSignal,
  raiseOpenFileLimit,
  removeNetns,
  resolveInRoot,
  signalProcess,
  umount,
} from "./index.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync("/var/tmp/berth-kernel-");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const errnoOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof KernelError) return error.code;
    throw error;
  }
  return "no error";
};

describe("mounts", () => {
  test("a mount appears and goes; taking away what is not there is fine", () => {
    const target = join(directory, "with blank");
    mkdirSync(target);
    mount("tmpfs", target, "tmpfs", 0, "size=1m");
    expect(isMountPoint(target)).toBe(true);
    umount(target);
    expect(isMountPoint(target)).toBe(false);
    umount(target);
    umount(join(directory, "never was"));
  });

  test("a failure names the call, the place and the reason", () => {
    const target = join(directory, "missing");
    expect(() => mount("tmpfs", target, "tmpfs", 0, "")).toThrow(`mount tmpfs on ${target}: ENOENT`);
  });
});

describe("paths inside a root", () => {
  test("links and dots never lead outside", () => {
    const root = join(directory, "root");
    mkdirSync(join(root, "etc"), { recursive: true });
    writeFileSync(join(root, "etc/passwd"), "inside");
    writeFileSync(join(directory, "secret"), "outside");
    symlinkSync("/etc/passwd", join(root, "absolute"));
    symlinkSync("../../../../etc/passwd", join(root, "etc/climbing"));
    symlinkSync("../secret", join(root, "relative"));
    for (const path of ["/absolute", "etc/climbing", "/../etc/../etc/passwd"]) {
      expect(resolveInRoot(root, path)).toBe(join(root, "etc/passwd"));
      const fd = openInRoot(root, path, constants.O_RDONLY);
      expect(readFileSync(fd, "utf8")).toBe("inside");
      closeSync(fd);
    }
    expect(() => resolveInRoot(root, "/relative")).toThrow("no such file or directory");
  });

  test("the kernel's magic links are refused", () => {
    const root = join(directory, "root");
    mkdirSync(root);
    symlinkSync("loop", join(root, "loop"));
    expect(errnoOf(() => openInRoot("/proc/self", "fd/0", constants.O_RDONLY))).toBe("ELOOP");
    expect(errnoOf(() => openInRoot(root, "loop", constants.O_RDONLY))).toBe("ELOOP");
  });

  test("descriptors do not reach child processes", () => {
    const fd = openInRoot(directory, ".", constants.O_RDONLY);
    const flags = readFileSync(`/proc/self/fdinfo/${fd}`, "utf8");
    expect(Number.parseInt(/flags:\s+(\d+)/.exec(flags)?.[1] ?? "", 8) & 0o2000000).toBe(0o2000000);
    closeSync(fd);
  });
});

describe("files", () => {
  test("extended attributes, by names and values of any bytes", () => {
    const value = new Uint8Array([0, 255, 10]);
    lsetxattr(directory, "trusted.one", value);
    lsetxattr(directory, "trusted.empty", new Uint8Array());
    expect(lgetxattr(directory, "trusted.one")).toEqual(value);
    expect(lgetxattr(directory, "trusted.empty")?.byteLength).toBe(0);
    expect(lgetxattr(directory, "trusted.none")).toBeUndefined();
    expect(llistxattr(directory).sort()).toEqual(["trusted.empty", "trusted.one"]);
    lremovexattr(directory, "trusted.one");
    expect(llistxattr(directory)).toEqual(["trusted.empty"]);
  });

  test.each([
    [1, 3],
    [253, 255],
    [4095, 1048575],
    [0, 0],
    [259, 70000],
  ])("device %d:%d", (major, minor) => {
    const path = join(directory, "device");
    mknod(path, 0o020600, makedev(major, minor));
    const { rdev } = statSync(path, { bigint: true });
    expect([Number((rdev >> 8n) & 0xfffn), Number((rdev & 0xffn) | ((rdev >> 12n) & 0xfff00n))]).toEqual([
      major,
      minor,
    ]);
  });

  test("times to the nanosecond, of the link and not of what it names, before 1970 too", () => {
    const link = Buffer.concat([Buffer.from(directory), Buffer.from("/l\xffnk", "latin1")]);
    symlinkSync("/etc/passwd", link);
    for (const time of [1_234_567_890_123_456_789n, -1n, 0n]) {
      lutimes(link, time);
      expect(statNanos(link)).toBe(time);
    }
  });
});

function statNanos(path: Buffer): bigint {
  return lstatSync(path, { bigint: true }).mtimeNs;
}

describe("network namespaces", () => {
  test("made, entered and left, pinned and unpinned", () => {
    const pin = join(directory, "net");
    const home = readlinkSync("/proc/thread-self/ns/net");
    createNetns(pin);
    const inside = inNetns(pin, () => readlinkSync("/proc/thread-self/ns/net"));
    expect(inside).not.toBe(home);
    expect(() =>
      inNetns(pin, () => {
        throw new Error("inside");
      }),
    ).toThrow("inside");
    expect(readlinkSync("/proc/thread-self/ns/net")).toBe(home);
    removeNetns(pin);
    expect(existsSync(pin)).toBe(false);
    removeNetns(pin);
  });

  test("a pin that is there is never replaced", () => {
    const pin = join(directory, "net");
    writeFileSync(pin, "mine");
    expect(() => createNetns(pin)).toThrow("EEXIST");
    expect(readFileSync(pin, "utf8")).toBe("mine");
  });
});

describe("processes", () => {
  test("signals reach the living and report the gone", async () => {
    const child = Bun.spawn(["sleep", "30"]);
    const pidfd = pidfdOpen(child.pid);
    expect(signalProcess(child.pid, 0)).toBe(true);
    expect(pidfdSendSignal(pidfd, 15)).toBe(true);
    await child.exited;
    expect(child.signalCode).toBe("SIGTERM");
    expect(pidfdSendSignal(pidfd, 15)).toBe(false);
    expect(signalProcess(child.pid, 0)).toBe(false);
    expect(errnoOf(() => pidfdOpen(child.pid))).toBe("ESRCH");
    closeSync(pidfd);
  });

  test("the open file limit is raised to the hard one", () => {
    expect(raiseOpenFileLimit()).toBe(openFileLimit().hard);
    expect(openFileLimit().soft).toBe(openFileLimit().hard);
  });
});

test("a lock has one holder and goes with its descriptor", () => {
  const path = join(directory, "lock");
  const fd = lockFile(path);
  expect(() => lockFile(path)).toThrow("is locked by another process");
  closeSync(fd);
  closeSync(lockFile(path));
});
