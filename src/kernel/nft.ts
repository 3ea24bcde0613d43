import { dlopen } from "bun:ffi";
import { BerthError, unavailable } from "../core/index.ts";
import { cstring } from "./ffi.ts";

const LIBRARY = "libnftables.so.1";
const NFT_CTX_OUTPUT_JSON = 1 << 4;

function load() {
  try {
    return dlopen(LIBRARY, {
      nft_ctx_new: { args: ["u32"], returns: "ptr" },
      nft_ctx_free: { args: ["ptr"], returns: "void" },
      nft_ctx_buffer_error: { args: ["ptr"], returns: "i32" },
      nft_ctx_buffer_output: { args: ["ptr"], returns: "i32" },
      nft_ctx_output_set_flags: { args: ["ptr", "u32"], returns: "void" },
      nft_ctx_get_error_buffer: { args: ["ptr"], returns: "cstring" },
      nft_ctx_get_output_buffer: { args: ["ptr"], returns: "cstring" },
      nft_run_cmd_from_buffer: { args: ["ptr", "ptr"], returns: "i32" },
    }).symbols;
  } catch (error) {
    throw unavailable(
      `${LIBRARY} cannot be loaded, and container networks need it: install libnftables1 (Debian, Ubuntu) or nftables (Fedora, Alpine, Arch)`,
      error,
    );
  }
}

/** nftables refused a script; `report` is all it said. */
export class NftError extends BerthError {
  constructor(
    what: string,
    readonly report: string,
  ) {
    super("internal", `${what}: ${report.split("\n", 1)[0]?.trim() || "nftables gave no reason"}`);
  }
}

/** The firewall through libnftables, in this process: a change of one map element takes a quarter of a millisecond. */
export class Nftables implements Disposable {
  readonly #library = load();
  #context: ReturnType<ReturnType<typeof load>["nft_ctx_new"]>;

  /** @throws unavailable, naming the package, where the library is missing */
  constructor() {
    const context = this.#library.nft_ctx_new(0);
    if (context === null) throw unavailable("libnftables gave no context: out of memory?");
    this.#context = context;
    this.#library.nft_ctx_buffer_error(context);
    this.#library.nft_ctx_buffer_output(context);
  }

  /** Runs a script in nft(8)'s language as one transaction: all of it happens or nothing. @throws NftError */
  run(what: string, script: string): void {
    this.#execute(what, script, 0);
  }

  /** The answer to a `list` command, as libnftables-json(5) describes it. @throws NftError */
  list(what: string, script: string): Record<string, unknown>[] {
    const answer = this.#execute(what, script, NFT_CTX_OUTPUT_JSON);
    return (JSON.parse(answer) as { nftables: Record<string, unknown>[] }).nftables;
  }

  [Symbol.dispose](): void {
    if (this.#context !== null) this.#library.nft_ctx_free(this.#context);
    this.#context = null;
  }

  #execute(what: string, script: string, flags: number): string {
    const context = this.#context;
    if (context === null) throw new NftError(what, "the firewall was closed");
    this.#library.nft_ctx_output_set_flags(context, flags);
    const failed = this.#library.nft_run_cmd_from_buffer(context, cstring(script)) !== 0;
    // Reading a buffer empties it: both are read every time.
    const output = String(this.#library.nft_ctx_get_output_buffer(context));
    const report = String(this.#library.nft_ctx_get_error_buffer(context));
    if (failed) throw new NftError(what, report);
    return output;
  }
}
