import type { ContainerInspect, PortBinding } from "../../spec/index.ts";
import { pathName } from "../api-path.ts";
import type { CommandContext } from "../command.ts";
import { joinHostPort } from "../format/ports.ts";

/** `berth port`. */
export async function run({ client, args, out, err }: CommandContext): Promise<number> {
  const [name = "", wanted] = args.positional;
  const container = await client.json<ContainerInspect>("GET", `/containers/${pathName(name)}/json`);
  const ports = container.NetworkSettings.Ports ?? {};
  if (wanted === undefined) {
    for (const port of Object.keys(ports).sort(byNumber)) {
      for (const binding of ports[port] ?? []) out.write(`${port} -> ${address(binding)}\n`);
    }
    return 0;
  }
  const [number = "", protocol = "tcp"] = wanted.split("/");
  if (!/^\d+$/.test(number) || Number(number) > 65535) {
    const why = /^\d+$/.test(number) ? "value out of range" : "invalid syntax";
    err.write(
      `Error: invalid port (${number}): strconv.ParseUint: parsing ${JSON.stringify(number)}: ${why}\n`,
    );
    return 1;
  }
  const bindings = ports[`${Number(number)}/${protocol}`];
  if (!bindings?.length) {
    err.write(`Error: No public port '${wanted}' published for ${name}\n`);
    return 1;
  }
  for (const binding of bindings) out.write(`${address(binding)}\n`);
  return 0;
}

function address({ HostIp, HostPort }: PortBinding): string {
  return joinHostPort(HostIp, HostPort);
}

function byNumber(a: string, b: string): number {
  return Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1);
}
