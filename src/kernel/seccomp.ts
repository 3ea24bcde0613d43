import { dlopen } from "bun:ffi";
import { closeSync, fstatSync, readSync } from "node:fs";
import { internal } from "../core/index.ts";
import { check, cstring, libc } from "./ffi.ts";

const LIBRARY = "libseccomp.so.2";
const MFD_CLOEXEC = 1;
const EEXIST = 17;
/** `SCMP_FLTATR_CTL_OPTIMIZE`, and its value for a binary tree over the system calls (libseccomp 2.5). */
const OPTIMIZE = 8;
const BINARY_TREE = 2;
/** `__NR_SCMP_ERROR` of seccomp_syscall_resolve_name(3). */
const UNKNOWN_CALL = -1;

function load() {
  return dlopen(LIBRARY, {
    seccomp_init: { args: ["u32"], returns: "ptr" },
    seccomp_release: { args: ["ptr"], returns: "void" },
    seccomp_attr_set: { args: ["ptr", "u32", "u32"], returns: "i32" },
    seccomp_arch_resolve_name: { args: ["ptr"], returns: "u32" },
    seccomp_arch_native: { args: [], returns: "u32" },
    seccomp_arch_add: { args: ["ptr", "u32"], returns: "i32" },
    seccomp_syscall_resolve_name: { args: ["ptr"], returns: "i32" },
    seccomp_syscall_resolve_name_arch: { args: ["u32", "ptr"], returns: "i32" },
    seccomp_rule_add_array: { args: ["ptr", "u32", "i32", "u32", "ptr"], returns: "i32" },
    seccomp_export_bpf: { args: ["ptr", "i32"], returns: "i32" },
  }).symbols;
}

let library: ReturnType<typeof load> | undefined;

function loaded(): ReturnType<typeof load> {
  library ??= load();
  return library;
}

/** Whether libseccomp can be had in this process: runc and crun bring it along unless they are linked statically. */
export function hasSeccompLibrary(): boolean {
  try {
    return loaded() !== undefined;
  } catch {
    return false;
  }
}

/** libseccomp's token of an architecture by its name (`x86_64`, `aarch64`, ...); undefined for one it does not know. */
export function seccompArchitecture(name: string): number | undefined {
  return loaded().seccomp_arch_resolve_name(cstring(name)) || undefined;
}

/** The token of the architecture this process runs on. */
export function nativeSeccompArchitecture(): number {
  return loaded().seccomp_arch_native();
}

/**
 * Number of a system call on an architecture; negative where only others have it, undefined for a name that the library
 * does not know. Without an architecture it is the number that rules take: the library translates it for each.
 */
export function systemCallNumber(name: string, architecture?: number): number | undefined {
  const text = cstring(name);
  const number =
    architecture === undefined
      ? loaded().seccomp_syscall_resolve_name(text)
      : loaded().seccomp_syscall_resolve_name_arch(architecture, text);
  return number === UNKNOWN_CALL ? undefined : number;
}

/** A comparison of one argument: `struct scmp_arg_cmp`; `op` is an `enum scmp_compare`. */
export interface ArgumentComparison {
  readonly index: number;
  readonly op: number;
  readonly value: bigint;
  readonly valueTwo: bigint;
}

const COMPARISON_BYTES = 24;

function encode(comparisons: readonly ArgumentComparison[]): Uint8Array | null {
  if (comparisons.length === 0) return null;
  const view = new DataView(new ArrayBuffer(COMPARISON_BYTES * comparisons.length));
  comparisons.forEach(({ index, op, value, valueTwo }, place) => {
    const at = place * COMPARISON_BYTES;
    view.setUint32(at, index, true);
    view.setUint32(at + 4, op, true);
    view.setBigUint64(at + 8, value, true);
    view.setBigUint64(at + 16, valueTwo, true);
  });
  return new Uint8Array(view.buffer);
}

/** A filter of system calls that libseccomp compiles. Actions are the kernel's `SECCOMP_RET_*` with their data. */
export class SeccompFilter implements Disposable {
  #filter: ReturnType<ReturnType<typeof load>["seccomp_init"]>;

  /** `defaultAction` is for calls that no rule names. It is for the native architecture until others are added. */
  constructor(defaultAction: number) {
    this.#filter = loaded().seccomp_init(defaultAction);
    if (this.#filter === null) throw internal(`libseccomp takes no default action ${defaultAction}`);
  }

  addArchitecture(token: number): void {
    const result = loaded().seccomp_arch_add(this.#filter, token);
    if (result !== -EEXIST) this.#check(result, `add architecture ${token}`);
  }

  /** Finds a call by a binary search rather than one comparison after the other. Libraries without it go on as they do. */
  useBinaryTree(): void {
    loaded().seccomp_attr_set(this.#filter, OPTIMIZE, BINARY_TREE);
  }

  /** @throws internal when the library refuses: an action it does not know or that is the default, too many comparisons */
  addRule(action: number, call: number, comparisons: readonly ArgumentComparison[]): void {
    const array = encode(comparisons);
    const result = loaded().seccomp_rule_add_array(this.#filter, action, call, comparisons.length, array);
    if (result !== -EEXIST) this.#check(result, `add a rule for system call ${call}`);
  }

  /** The program: `struct sock_filter` after `struct sock_filter`, in this machine's byte order. */
  compile(): Uint8Array {
    const fd = check(libc.memfd_create(cstring("seccomp"), MFD_CLOEXEC), () => "make a memory file");
    try {
      this.#check(loaded().seccomp_export_bpf(this.#filter, fd), "compile the filter");
      const program = new Uint8Array(fstatSync(fd).size);
      readSync(fd, program, 0, program.byteLength, 0);
      return program;
    } finally {
      closeSync(fd);
    }
  }

  [Symbol.dispose](): void {
    if (this.#filter !== null) loaded().seccomp_release(this.#filter);
    this.#filter = null;
  }

  #check(result: number, what: string): void {
    if (result < 0) throw internal(`libseccomp cannot ${what} (error ${-result})`);
  }
}
