import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cliWith, json } from "../testing/cli.ts";
import { onTerminal } from "../testing/on-terminal.ts";

/** An engine whose registry knows one password; `token` is what it gives for it. */
async function engine(token = "") {
  const asked: unknown[] = [];
  const cli = await cliWith(async (_method, path, _query, request) => {
    if (path !== "/auth") return json({ message: "page not found" }, 404);
    const body = (await request.json()) as { password?: string; identitytoken?: string };
    asked.push(body);
    if (body.password === "secret" || body.identitytoken === "t") {
      return json({ IdentityToken: token, Status: "Login Succeeded" });
    }
    return json({ message: "unauthorized: incorrect username or password" }, 401);
  });
  const path = join(cli.directory, "config.json");
  return {
    cli,
    asked,
    path,
    config: () => readFileSync(path, "utf8"),
    [Symbol.asyncDispose]: () => cli[Symbol.asyncDispose](),
  };
}

const ME = Buffer.from("me:secret").toString("base64");
const DENIED = "Error response from daemon: unauthorized: incorrect username or password\n";

describe("login", () => {
  test("with a password from standard input; the file is its owner's", async () => {
    await using berth = await engine();
    const ran = await berth.cli.runWith(
      { stdin: "secret\n" },
      ...["login", "-u", "me", "--password-stdin", "https://example.test:5000/v2/"],
    );
    expect(ran).toMatchObject({ code: 0, out: "Login Succeeded\n" });
    expect(ran.err).toStartWith(`\nWARNING! Your credentials are stored unencrypted in '${berth.path}'.\n`);
    expect(berth.config()).toBe(
      `{\n\t"auths": {\n\t\t"example.test:5000": {\n\t\t\t"auth": "${ME}"\n\t\t}\n\t}\n}`,
    );
    expect(statSync(berth.path).mode & 0o777).toBe(0o600);
    expect(berth.asked).toEqual([{ username: "me", password: "secret", serveraddress: "example.test:5000" }]);
  });

  test("again, with what is kept", async () => {
    await using berth = await engine();
    const before = JSON.stringify({ a: 1, auths: { "example.test": { auth: ME } } }, null, 2);
    writeFileSync(berth.path, before);
    const ran = await berth.cli.run("login", "example.test");
    expect(ran).toMatchObject({ code: 0, out: "Login Succeeded\n" });
    expect(ran.err).toStartWith("Authenticating with existing credentials... [Username: me]\n");
    expect(ran.err).not.toContain("WARNING");
    expect(berth.config()).toBe(before);
  });

  test("a token takes the password's place", async () => {
    await using berth = await engine("t");
    const ran = await berth.cli.run("login", "-u", "me", "-p", "secret");
    expect(ran.err).toStartWith("WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n");
    expect(JSON.parse(berth.config()).auths["https://index.docker.io/v1/"].identitytoken).toBe("t");
    expect(berth.config()).not.toContain(ME);
    expect((await berth.cli.run("login", "docker.io")).code).toBe(0);
    expect(berth.asked.at(-1)).toMatchObject({ identitytoken: "t" });
  });

  test.each([
    [["-u", "me", "--password-stdin"], "wrong", DENIED],
    [["--password-stdin"], "x", "the --password-stdin option requires --username to be set\n"],
    [
      ["-u", "a", "-p", "x", "--password-stdin"],
      "x",
      "conflicting options: cannot specify both --password and --password-stdin\n",
    ],
    [["-u", "a", "-p", ""], "", "password is empty\n"],
    [["-u", "a", "--password-stdin"], "\n", "password is empty\n"],
    [["-u", "", "-p", "x"], "", "username is empty\n"],
    [["-u", "me"], "", "Error: Cannot perform an interactive login from a non TTY device\n"],
    [[], "", "Error: Cannot perform an interactive login from a non TTY device\n"],
  ])("%j keeps nothing", async (args, stdin, err) => {
    await using berth = await engine();
    expect(await berth.cli.runWith({ stdin }, "login", ...args, "example.test")).toEqual({
      code: 1,
      out: "",
      err,
    });
    expect(existsSync(berth.path)).toBe(false);
  });

  test("a configuration that cannot be read is not overwritten, and nobody is asked", async () => {
    await using berth = await engine();
    writeFileSync(berth.path, "{ broken");
    const ran = await berth.cli.run("login", "-u", "me", "-p", "secret");
    expect([ran.code, ran.err.includes("cannot read")]).toEqual([1, true]);
    expect(berth.config()).toBe("{ broken");
    expect(berth.asked).toEqual([]);
  });

  test("at a terminal it asks, and does not show the password", async () => {
    await using berth = await engine();
    const { argv, env } = berth.cli.command(["login", "example.test"]);
    await using terminal = onTerminal(argv, env);
    const before = terminal.settings();
    await terminal.shows("Username: ");
    terminal.type("me\r");
    await terminal.shows("Password: ");
    terminal.type("wrong\x15secrex\x7ft\r");
    await terminal.shows("Login Succeeded");
    expect(await terminal.exited).toBe(0);
    expect(terminal.shown()).not.toContain("secre");
    expect(terminal.settings()).toBe(before);
    expect(JSON.parse(berth.config()).auths["example.test"].auth).toBe(ME);
  });

  test("ctrl-c at the password puts the terminal back", async () => {
    await using berth = await engine();
    const { argv, env } = berth.cli.command(["login", "-u", "me", "example.test"]);
    await using terminal = onTerminal(argv, env);
    const before = terminal.settings();
    await terminal.shows("Password: ");
    terminal.type("secr\x03");
    expect(await terminal.exited).toBe(130);
    expect(terminal.settings()).toBe(before);
    expect(berth.asked).toEqual([]);
  });
});

describe("logout", () => {
  test("forgets one registry, however its key is written", async () => {
    await using berth = await engine();
    const auths = { "http://example.test/v2/": { auth: ME }, "https://index.docker.io/v1/": { auth: ME } };
    writeFileSync(berth.path, JSON.stringify({ auths, credHelpers: { "other.test": "x" } }, null, "\t"));
    expect(await berth.cli.run("logout", "example.test")).toEqual({
      code: 0,
      out: "Removing login credentials for example.test\n",
      err: "",
    });
    expect(JSON.parse(berth.config())).toEqual({
      auths: { "https://index.docker.io/v1/": { auth: ME } },
      credHelpers: { "other.test": "x" },
    });
    expect((await berth.cli.run("logout")).out).toBe(
      "Removing login credentials for https://index.docker.io/v1/\n",
    );
    expect(JSON.parse(berth.config()).auths).toEqual({});
  });

  test("nothing is written where there was nothing", async () => {
    await using berth = await engine();
    expect((await berth.cli.run("logout", "example.test")).code).toBe(0);
    expect(existsSync(berth.path)).toBe(false);
  });
});
