import { ApiError } from "../../client/index.ts";
import { invalid } from "../../core/index.ts";
import type { CommandContext } from "../command.ts";
import { openConfigFile, saveConfigFile } from "../credentials/config-file.ts";
import type { Credentials } from "../credentials/credentials.ts";
import { HUB_KEY, keyOfServer } from "../credentials/server-key.ts";
import { type CredentialConfig, getCredentials, keepCredentials } from "../credentials/store.ts";
import { askLine, askSecret } from "../terminal/prompt.ts";

/** `berth login`: the engine tries the credentials, and what it takes is kept for later commands. */
export async function run(context: CommandContext): Promise<number> {
  const { args, out, configDirectory } = context;
  const given = await credentialsOfFlags(context);
  const key = keyOfServer(args.positional[0] ?? "");
  // Before anything is asked: a file that cannot be changed makes it all vain.
  const file = openConfigFile(configDirectory);
  const config = file.data as CredentialConfig;
  let accepted: Accepted | undefined;
  if (given.username === undefined && given.password === undefined) {
    accepted = await withKnown(context, config, key);
  }
  accepted ??= await authenticate(context, key, await complete(context, key, given));
  const kept = await keepCredentials(file.data, key, accepted.credentials);
  saveConfigFile(file);
  if (kept === "plain") {
    context.err.write(
      `\nWARNING! Your credentials are stored unencrypted in '${file.path}'.\nConfigure a credential helper to remove this warning: "credsStore" in that file names one.\n\n`,
    );
  }
  out.write(`${accepted.status}\n`);
  return 0;
}

interface Given {
  username?: string;
  password?: string;
}

async function credentialsOfFlags({ args, err }: CommandContext): Promise<Given> {
  const username = args.string("username");
  let password = args.string("password");
  if (args.boolean("password-stdin")) {
    if (args.given("password")) {
      throw invalid("conflicting options: cannot specify both --password and --password-stdin");
    }
    if (!username) throw invalid("the --password-stdin option requires --username to be set");
    password = (await Bun.stdin.text()).replace(/[\r\n]+$/, "");
  }
  if (username === "") throw invalid("username is empty");
  if (password === "") throw invalid("password is empty");
  if (args.given("password")) {
    err.write("WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n");
  }
  return { username, password };
}

interface Accepted {
  credentials: Credentials;
  status: string;
}

/** With what was kept by an earlier login; undefined where there is nothing, or it is no longer taken. */
async function withKnown(
  context: CommandContext,
  config: CredentialConfig,
  key: string,
): Promise<Accepted | undefined> {
  const known = await getCredentials(config, key);
  if (!known) return undefined;
  const who = known.username === "" ? "" : ` [Username: ${known.username}]`;
  context.err.write(
    `Authenticating with existing credentials...${who}\n\nTo login with a different account, run 'berth logout' followed by 'berth login'\n\n`,
  );
  try {
    return await authenticate(context, key, known);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 401)) throw error;
    context.err.write(`Stored credentials invalid or expired\n`);
    return undefined;
  }
}

/** What is missing is asked for. @throws invalid where nobody can be asked */
async function complete(context: CommandContext, key: string, given: Given): Promise<Credentials> {
  let { username, password } = given;
  if (username !== undefined && password !== undefined) return { username, password };
  const { isatty } = require("node:tty") as typeof import("node:tty");
  if (!isatty(0)) throw invalid("Error: Cannot perform an interactive login from a non TTY device");
  if (username === undefined) {
    const where = key === HUB_KEY ? "Docker Hub" : key;
    context.out.write(
      `Log in to ${where}; a personal access token may stand in the place of the password.\n`,
    );
    username = (await askLine(context, "Username: ")).trim();
    if (username === "") throw invalid("Error: Non-null Username Required");
  }
  if (password === undefined) {
    password = await askSecret(context, "Password: ");
    if (password === "") throw invalid("Error: Password Required");
  }
  return { username, password };
}

/** Has the engine ask the registry. A token that it gives is kept in the place of the password. */
async function authenticate(
  { client }: CommandContext,
  key: string,
  credentials: Credentials,
): Promise<Accepted> {
  const { username, password, identityToken } = credentials;
  const reply = await client.json<{ Status?: string; IdentityToken?: string }>("POST", "/auth", {
    json: { username, password, serveraddress: key, ...(identityToken && { identitytoken: identityToken }) },
  });
  const token = reply.IdentityToken || identityToken;
  return {
    credentials: token ? { username, password: "", identityToken: token } : credentials,
    status: reply.Status || "Login Succeeded",
  };
}
