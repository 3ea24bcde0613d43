import { invalid } from "../../core/index.ts";
import type { Credentials } from "./credentials.ts";

/** What a helper says in the place of credentials it has not got. */
const NOT_FOUND = "credentials not found in native keychain";
/** In the place of a user's name: the secret is an identity token. */
const TOKEN_USER = "<token>";
const OUTPUT_LIMIT = 1 << 20;

/** A program `docker-credential-NAME`, which keeps credentials in a place of its own. */
export interface CredentialHelper {
  get(key: string): Promise<Credentials | undefined>;
  store(key: string, credentials: Credentials): Promise<void>;
  erase(key: string): Promise<void>;
  /** The keys it has credentials for. */
  list(): Promise<string[]>;
}

type Action = "get" | "store" | "erase" | "list";

/** @throws invalid where the program is missing, fails, or answers what is no answer */
export function credentialHelper(name: string): CredentialHelper {
  const program = `docker-credential-${name}`;
  if (!/^[\w.-]+$/.test(name)) throw invalid(`${JSON.stringify(name)} is no name of a credential helper`);
  const ask = (action: Action, input: string) => run(program, action, input);
  return {
    async get(key) {
      const reply = await ask("get", key);
      if (reply === undefined) return undefined;
      const { Username, Secret } = objectIn(reply, program) as { Username?: string; Secret?: string };
      if (typeof Username !== "string" || typeof Secret !== "string") throw noAnswer(program);
      if (Username !== TOKEN_USER) return { username: Username, password: Secret };
      return { username: "", password: "", identityToken: Secret };
    },
    async store(key, { username, password, identityToken }) {
      const what = identityToken
        ? { ServerURL: key, Username: TOKEN_USER, Secret: identityToken }
        : { ServerURL: key, Username: username, Secret: password };
      await ask("store", JSON.stringify(what));
    },
    erase: async (key) => void (await ask("erase", key)),
    list: async () => Object.keys(objectIn((await ask("list", "")) ?? "{}", program)),
  };
}

/** What the program answers; undefined where it does not know the credentials. */
async function run(program: string, action: Action, input: string): Promise<string | undefined> {
  const path = Bun.which(program, { PATH: process.env.PATH ?? "" });
  if (!path) throw invalid(`credential helper ${program}: no such program on PATH`);
  const child = Bun.spawn([path, action], {
    stdin: new TextEncoder().encode(input),
    stdout: "pipe",
    stderr: "inherit",
  });
  const output = (await readAll(child, program)).trim();
  if ((await child.exited) === 0) return output;
  if (action !== "store" && output === NOT_FOUND) return undefined;
  throw invalid(
    `credential helper ${program} ${action} failed: ${output || `exit status ${child.exitCode}`}`,
  );
}

async function readAll(
  child: Bun.Subprocess<Uint8Array, "pipe", "inherit">,
  program: string,
): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of child.stdout) {
    pieces.push(piece);
    size += piece.length;
    if (size <= OUTPUT_LIMIT) continue;
    child.kill();
    throw noAnswer(program);
  }
  return Buffer.concat(pieces).toString();
}

function objectIn(text: string, program: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Said below.
  }
  throw noAnswer(program);
}

function noAnswer(program: string): Error {
  return invalid(`credential helper ${program} gave no credentials that can be read`);
}
