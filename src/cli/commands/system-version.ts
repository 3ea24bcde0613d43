import { COMMIT, hostPlatform, VERSION } from "../../core/index.ts";
import { API_VERSION, type VersionReply } from "../../spec/index.ts";
import type { CommandContext } from "../command.ts";
import { errorText } from "../error-report.ts";
import type { Value } from "../format/template/index.ts";

interface ClientVersion {
  Version: string;
  ApiVersion: string;
  DefaultAPIVersion: string;
  GitCommit: string;
  GoVersion: string;
  Os: string;
  Arch: string;
  BuildTime: string;
  Context: string;
}

/** `berth version`: the client's part is shown even where no engine answers. */
export async function run(context: CommandContext): Promise<number> {
  const { client, args, out, err, env } = context;
  let server: VersionReply | undefined;
  let failure: string | undefined;
  let apiVersion = API_VERSION;
  try {
    apiVersion = await client.apiVersion();
    server = await client.json<VersionReply>("GET", "/version");
    for (const { Details } of server.Components ?? []) {
      if (Details?.BuildTime) Details.BuildTime = readableDate(Details.BuildTime);
    }
  } catch (error) {
    failure = errorText(error);
  }
  const platform = hostPlatform();
  const own: ClientVersion = {
    Version: VERSION,
    ApiVersion: apiVersion,
    DefaultAPIVersion: API_VERSION,
    GitCommit: COMMIT,
    // The API's name for the language run-time; ours is Bun.
    GoVersion: `bun${Bun.version}`,
    Os: platform.os,
    Arch: platform.architecture,
    BuildTime: "",
    Context: env.DOCKER_CONTEXT || "default",
  };
  const format = args.string("format") ?? "";
  let status = 0;
  if (format === "") out.write(clientText(own) + (server ? `\n${serverText(server)}` : ""));
  else {
    const { writeObject } = await import("../format/one-object.ts");
    const { applyShape } = await import("../format/shape.ts");
    const shape = { maps: ["Server.Components.*.Details"], pointers: ["Server"], structs: {} };
    const both = applyShape({ Client: { ...own }, Server: (server ?? null) as unknown as Value }, shape);
    status = writeObject(context, format, "system.versionInfo", both as { [key: string]: Value });
  }
  if (failure !== undefined) err.write(`${failure}\n`);
  return failure === undefined ? status : 1;
}

/** `Fri Jan  2 15:04:05 2026` of an RFC 3339 time; other text stays. */
function readableDate(text: string): string {
  const date = new Date(text);
  if (!/^\d{4}-\d\d-\d\dT/.test(text) || Number.isNaN(date.getTime())) return text;
  // `Fri, 02 Jan 2026 15:04:05 GMT`
  const [day, number, month, year, clock] = date.toUTCString().replace(",", "").split(" ");
  return `${day} ${month} ${String(Number(number)).padStart(2)} ${clock} ${year}`;
}

const row = (indent: number, name: string, value: string) =>
  `${" ".repeat(indent)}${`${name}:`.padEnd(20 - indent)}${value}\n`;

function clientText(own: ClientVersion): string {
  const downgraded =
    own.ApiVersion === own.DefaultAPIVersion ? "" : ` (downgraded from ${own.DefaultAPIVersion})`;
  return [
    "Client:\n",
    row(1, "Version", own.Version),
    row(1, "API version", own.ApiVersion + downgraded),
    row(1, "Bun version", Bun.version),
    row(1, "Git commit", own.GitCommit),
    row(1, "OS/Arch", `${own.Os}/${own.Arch}`),
    row(1, "Context", own.Context),
  ].join("");
}

function serverText(server: VersionReply): string {
  let text = server.Platform?.Name ? `Server: ${server.Platform.Name}\n` : "Server:\n";
  for (const { Name, Version, Details = {} } of server.Components ?? []) {
    text += ` ${Name}:\n${row(2, "Version", Version)}`;
    if (Name === "Engine") text += engineText(server, Details);
    else for (const [key, value] of Object.entries(Details)) text += row(2, key, value);
  }
  return text;
}

/** The engine's own properties; those that it does not tell are left out. */
function engineText(server: VersionReply, details: Readonly<Record<string, string>>): string {
  const of = (key: "GoVersion" | "GitCommit" | "BuildTime" | "Os" | "Arch") => details[key] || server[key];
  const rows = [
    ["API version", `${server.ApiVersion} (minimum version ${server.MinAPIVersion})`],
    ["Go version", of("GoVersion")],
    ["Git commit", of("GitCommit")],
    ["Built", readableDate(of("BuildTime"))],
    ["OS/Arch", `${of("Os")}/${of("Arch")}`],
    ["Experimental", details.Experimental],
  ];
  return rows.map(([name = "", value]) => (value ? row(2, name, value) : "")).join("");
}
