import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseFlags } from "../parse-flags.ts";
import { type ClientWorld, containerBody } from "./container-body.ts";
import { containerFlags } from "./flags.ts";

const FILES: Record<string, string | Uint8Array> = {
  e1: "\u{FEFF}# c\n A=1\nHOME\n\nNOSUCHVAR\nB = 2\n",
  e2: 'A=1\r\n  B="x y"  \nC=\nHOME\nNOSUCH\n#x\nA=2\n',
  e3: "A=1\n=x\n",
  e4: Uint8Array.from([..."A=1\nb"].map((c) => c.charCodeAt(0)).concat(0xff, 0x3d, 0x78, 0x0a)),
  e5: "A\tB=1\n",
  e6: "K=v\nA=1\r\n\r\n  \n\t#x\n A B=1\n",
  l1: "K=v\nk2\n  HOME\n",
  "sec.json": '{"a": [1, 2]}\n',
  "bad.json": '{"a": \n',
};

const world: ClientWorld = {
  environment: { HOME: "/root", PATH: "/bin" },
  workingDirectory: "/cwd",
  readFile: (path) => {
    if (path === "/tmp") throw Object.assign(new Error("EISDIR"), { code: "EISDIR" });
    const content = FILES[path];
    if (content === undefined) throw Object.assign(new Error("ENOENT"), { code: "ENOENT" });
    return typeof content === "string" ? new TextEncoder().encode(content) : content;
  },
};

function bodyOf(args: readonly string[], more: Partial<ClientWorld> = {}): Record<string, unknown> {
  const parsed = parseFlags([...args, "x"], containerFlags, { stopAtFirst: true });
  return reduced(containerBody(parsed.args, { ...world, ...more })) as Record<string, unknown>;
}

/** Without what means nothing in the API's JSON: null, false, zero and the empty text. */
function reduced(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reduced);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, reduced(inner)] as const);
  return Object.fromEntries(entries.filter(([, inner]) => inner || (inner as unknown) === true));
}

/** The plain request with what the flags change; null takes a field away. */
function changed(plain: Record<string, unknown>, change: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries({ ...plain, ...change }).filter(([, value]) => value !== null));
}

interface Recorded {
  readonly args: readonly string[];
  /** How the request differs from that of the first line, or what was said instead. */
  readonly body?: { readonly HostConfig?: Record<string, unknown> };
  readonly error?: string;
}

/** What the official client (28.2) sends for each list of flags, or says of it. */
describe("as Docker's client", () => {
  const [plain, ...cases] = readFileSync(join(import.meta.dir, "testing", "docker-28.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Recorded);
  const body = plain?.body ?? {};

  test("no flags", () => {
    expect(bodyOf([])).toEqual({ ...body });
  });

  test.each(cases.map((row) => [row.args.join(" "), row] as const))(
    "%s",
    (_, { args, body: change, error }) => {
      if (error !== undefined) {
        expect(() => bodyOf(args)).toThrow(error);
        return;
      }
      const HostConfig = changed(body.HostConfig ?? {}, change?.HostConfig ?? {});
      expect(bodyOf(args)).toEqual(changed({ ...body }, { ...change, HostConfig }));
    },
  );
});

describe("unlike Docker's client", () => {
  test("a volume with a name of one letter is a volume, not a drive of Windows", () => {
    expect(bodyOf(["-v", "a:/b"])).toMatchObject({ HostConfig: { Binds: ["a:/b"] } });
    expect(() => bodyOf(["-v", "a::b"])).toThrow("invalid spec: a::b: empty section between colons");
  });

  test("--expose knows the protocols and writes them small", () => {
    expect(bodyOf(["--expose", "80/UDP"])).toMatchObject({ ExposedPorts: { "80/udp": {} } });
    expect(() => bodyOf(["--expose", "80/x"])).toThrow("invalid proto: x");
  });

  test("a file of labels is called so", () => {
    expect(() => bodyOf(["--label-file", "e5"])).toThrow("invalid label file (e5): variable 'A\tB'");
    expect(() => bodyOf(["--label-file", "/tmp"])).toThrow(
      "invalid label file (/tmp): read /tmp: is a directory",
    );
  });

  test("a broken seccomp profile is named", () => {
    expect(() => bodyOf(["--security-opt", "seccomp=bad.json"])).toThrow(
      "compacting json for seccomp profile (bad.json) failed",
    );
  });
});

describe("defaults of the client", () => {
  test("flags win over configured variables, files do not", () => {
    const defaultEnv = ["HTTP_PROXY=p", "http_proxy=p"];
    expect(bodyOf(["-e", "HTTP_PROXY=mine", "--env-file", "l1"], { defaultEnv })).toMatchObject({
      Env: ["K=v", "HOME=/root", "HTTP_PROXY=mine", "http_proxy=p"],
    });
  });
});
