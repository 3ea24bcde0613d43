// What Berth needs of the distribution, how to find it, and how each distribution calls it.
import { closeSync, existsSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";

const SEARCH = [
  ...(process.env.PATH ?? "").split(":"),
  "/usr/local/sbin",
  "/usr/local/bin",
  "/usr/sbin",
  "/usr/bin",
];

/** Path of a program, looked for in PATH and where distributions keep system programs. */
export function findProgram(name, extra = []) {
  return [...SEARCH, ...extra].map((directory) => join(directory, name)).find((path) => existsSync(path));
}

function findLibrary(soname) {
  const direct = ["/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib"];
  // Debian's multiarch directories are named by the target triplet.
  const triplets = existsSync("/usr/lib")
    ? readdirSync("/usr/lib")
        .filter((name) => name.includes("-linux-"))
        .map((name) => join("/usr/lib", name))
    : [];
  return [...direct, ...triplets]
    .map((directory) => join(directory, soname))
    .find((path) => existsSync(path));
}

const PT_INTERP = 3;

/** True for an ELF program that asks for no dynamic loader: it can run in an empty root filesystem. */
export function isStatic(path) {
  const head = Buffer.alloc(4096);
  const fd = openSync(path, "r");
  try {
    readSync(fd, head, 0, head.length, 0);
  } finally {
    closeSync(fd);
  }
  if (head.toString("latin1", 0, 4) !== "\u007fELF" || head[4] !== 2) return false;
  const offset = Number(head.readBigUInt64LE(32));
  const size = head.readUInt16LE(54);
  const count = head.readUInt16LE(56);
  for (let index = 0; index < count; index++) {
    const at = offset + index * size;
    if (at + 4 > head.length || head.readUInt32LE(at) === PT_INTERP) return false;
  }
  return count > 0;
}

/** The statically linked busybox that the example and the tests put into their images. */
export function staticBusybox() {
  return ["/bin/busybox", "/usr/bin/busybox", "/bin/busybox.static", "/usr/bin/busybox.static"].find(
    (path) => existsSync(path) && isStatic(path),
  );
}

/**
 * Each need: what it is for, how it is found, and its package by distribution. Fedora, Alpine and Arch ship
 * libnftables with or as a dependency of `nftables`.
 */
export const NEEDS = {
  runc: {
    why: "OCI runtime",
    find: () => findProgram("runc"),
    packages: { debian: "runc", fedora: "runc", alpine: "runc", arch: "runc" },
  },
  crun: {
    why: "OCI runtime, the faster one where cgroup v2 is alone",
    find: () => findProgram("crun"),
    packages: { debian: "crun", fedora: "crun", alpine: "crun", arch: "crun" },
  },
  conmon: {
    why: "container monitor",
    find: () => findProgram("conmon", ["/usr/libexec/podman", "/usr/lib/podman", "/usr/lib/cri-o-runc/sbin"]),
    packages: { debian: "conmon", fedora: "conmon", alpine: "conmon", arch: "conmon" },
  },
  libnftables: {
    why: "firewall and published ports",
    find: () => findLibrary("libnftables.so.1"),
    packages: { debian: "libnftables1", fedora: "nftables", alpine: "nftables", arch: "nftables" },
  },
  busybox: {
    why: "static programs for the example and test images",
    find: staticBusybox,
    packages: { debian: "busybox-static", fedora: "busybox", alpine: "busybox-static", arch: "busybox" },
  },
  ip: {
    why: "tests: network namespaces that play the outside world",
    find: () => findProgram("ip"),
    packages: { debian: "iproute2", fedora: "iproute", alpine: "iproute2", arch: "iproute2" },
  },
};

/** What some tests use besides; without it they say so and are skipped. Found and called likewise. */
export const EXTRAS = {
  "docker-registry": {
    why: "tests and benchmarks: a registry on loopback",
    find: () => findProgram("docker-registry"),
    // Its package starts one at installation where systemd runs: that is for people to decide.
    isService: true,
    packages: { debian: "docker-registry" },
  },
  skopeo: {
    why: "tests: another reader and writer of images",
    find: () => findProgram("skopeo"),
    packages: { debian: "skopeo" },
  },
  debootstrap: {
    why: "tests: a Debian for an image",
    find: () => findProgram("debootstrap"),
    packages: { debian: "debootstrap" },
  },
};

const INSTALLERS = {
  "Debian/Ubuntu": ["debian", "apt-get install -y"],
  Fedora: ["fedora", "dnf install -y"],
  Alpine: ["alpine", "apk add"],
  Arch: ["arch", "pacman -S --needed"],
};

/** Names of NEEDS or EXTRAS that are not on this machine. */
export function missing(names) {
  return names.filter((name) => (NEEDS[name] ?? EXTRAS[name]).find() === undefined);
}

/** Debian package names for some needs. */
export function debianPackages(names) {
  return names.map((name) => (NEEDS[name] ?? EXTRAS[name]).packages.debian);
}

/** The text that tells a person what is missing and how each distribution installs it. */
export function instructions(names) {
  const lines = [
    `Missing on this machine: ${names.map((name) => `${name} (${NEEDS[name].why})`).join(", ")}.`,
    "Install with:",
  ];
  for (const [title, [key, command]] of Object.entries(INSTALLERS)) {
    const packages = [...new Set(names.map((name) => NEEDS[name].packages[key]))];
    lines.push(`  ${`${title}:`.padEnd(15)}${command} ${packages.join(" ")}`);
  }
  return lines.join("\n");
}
