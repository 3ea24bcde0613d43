const X86 = ["386", "amd64"];

/** The pairs of operating system and architecture that there are programs for (Go's ports). */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  aix: ["ppc64"],
  darwin: [...X86, "arm", "arm64"],
  dragonfly: ["amd64"],
  freebsd: [...X86, "arm", "arm64"],
  linux: [
    ...[...X86, "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle"],
    ...["ppc64", "ppc64le", "riscv64", "s390x", "wasm"],
  ],
  netbsd: [...X86, "arm"],
  openbsd: [...X86, "arm"],
  plan9: X86,
  solaris: ["amd64"],
  wasi: ["wasm", "wasm32"],
  windows: [...X86, "arm", "arm64"],
};

export function isKnownPlatform(os: string, architecture: string): boolean {
  return KNOWN[os]?.includes(architecture) ?? false;
}
