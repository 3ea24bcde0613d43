import type { CommandSpec } from "../command.ts";

/** The engine as a service of this host. */
export const engineCommands: readonly CommandSpec[] = [
  {
    path: ["system", "install"],
    usage: "[OPTIONS]",
    summary: "Install the engine as a systemd service",
    flags: [
      {
        name: "docker-socket",
        kind: "boolean",
        description: "Also make /var/run/docker.sock lead to Berth, for tools that look only there",
      },
      { name: "now", kind: "boolean", description: "Enable the service at boot and start it" },
    ],
    arguments: { min: 0, max: 0 },
    load: () => import("./system-install.ts"),
  },
  {
    path: ["system", "uninstall"],
    usage: "",
    summary: "Remove what `system install` wrote; images, containers and volumes stay",
    flags: [],
    arguments: { min: 0, max: 0 },
    load: () => import("./system-uninstall.ts"),
  },
];
