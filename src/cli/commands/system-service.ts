import {
  existsSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { codeOf, conflict, denied, unavailable } from "../../core/index.ts";

/** Where `system install` writes, below the root directory (another one in tests). */
export interface ServicePlaces {
  readonly unit: string;
  readonly dockerSocket: string;
}

export const PLACES: ServicePlaces = {
  unit: "/etc/systemd/system/berth.service",
  dockerSocket: "/var/run/docker.sock",
};

export const BERTH_SOCKET = "/run/berth/berth.sock";

/** First line of the unit: what this file wrote, and nothing else, is taken away again. */
const MARK = "# Written by `berth system install`; `berth system uninstall` removes it.";

/** The unit of an engine run by the executable `program`. Stopping it leaves containers running. */
export function unitText(program: string): string {
  return `${MARK}
[Unit]
Description=Berth container engine
After=network-online.target nftables.service firewalld.service
Wants=network-online.target

[Service]
ExecStart=${program} daemon
# Containers and their monitors live on when the daemon stops or is replaced.
KillMode=process
Delegate=yes
Restart=always
RestartSec=2
LimitNOFILE=infinity
TasksMax=infinity
OOMScoreAdjust=-500

[Install]
WantedBy=multi-user.target
`;
}

/** Writes the unit, and on request the link; returns what was written. @throws conflict, denied, unavailable */
export function installService(places: ServicePlaces, program: string, dockerSocket: boolean): string[] {
  assertOurs(places.unit);
  if (dockerSocket) assertLinkFree(places.dockerSocket);
  const written: string[] = [];
  writeAtomically(places.unit, unitText(program));
  written.push(places.unit);
  if (dockerSocket) {
    if (!leadsToUs(places.dockerSocket)) symlinkSync(BERTH_SOCKET, places.dockerSocket);
    written.push(places.dockerSocket);
  }
  return written;
}

/** Removes what `installService` wrote; returns what was removed. */
export function uninstallService(places: ServicePlaces): string[] {
  const removed: string[] = [];
  if (existsSync(places.unit)) {
    assertOurs(places.unit);
    rmSync(places.unit);
    removed.push(places.unit);
  }
  if (leadsToUs(places.dockerSocket)) {
    rmSync(places.dockerSocket);
    removed.push(places.dockerSocket);
  }
  return removed;
}

function assertOurs(unit: string): void {
  if (!existsSync(unit)) return;
  if (!readFileSync(unit, "utf8").startsWith(MARK)) {
    throw conflict(`${unit} is there and was not written by berth: move it away first`);
  }
}

function leadsToUs(link: string): boolean {
  const stat = lstatSync(link, { throwIfNoEntry: false });
  return stat?.isSymbolicLink() === true && readlinkSync(link) === BERTH_SOCKET;
}

function assertLinkFree(link: string): void {
  if (!lstatSync(link, { throwIfNoEntry: false }) || leadsToUs(link)) return;
  throw conflict(
    `${link} is there already, perhaps of a Docker that is installed: stop and remove that first`,
  );
}

function writeAtomically(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text, { mode: 0o644 });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    const code = codeOf(error);
    if (code === "EACCES" || code === "EPERM")
      throw denied(`cannot write ${path}: run this with sudo`, error);
    if (code === "ENOENT") {
      throw unavailable(
        `cannot write ${path}: this host does not use systemd; start \`berth daemon\` from your own init`,
        error,
      );
    }
    throw error;
  }
}
