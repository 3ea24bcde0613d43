// The order of the rooms below src/, and who may do what. `npm run check` holds the code to it.

/** The engine's rooms: each may import the ones before it, never one after it. */
export const ENGINE_ROOMS = [
  ...["core", "spec", "kernel", "process", "state", "content", "image", "registry", "snapshot", "runtime"],
  ...["network", "log", "volume", "container", "build", "engine", "api", "daemon"],
];

/** The client's side of the socket knows no room of the engine but these two, which hold no engine logic. */
export const CLIENT_ROOMS = ["core", "spec", "client", "cli"];

/** True when code in `from` may import `to`. */
export function mayImport(from, to) {
  const order = CLIENT_ROOMS.indexOf(from) >= 2 ? CLIENT_ROOMS : ENGINE_ROOMS;
  return order.includes(from) && order.includes(to) && order.indexOf(to) < order.indexOf(from);
}

/** Powers that belong to one room, with the files elsewhere that have a reason of their own. Tests are free. */
export const POWERS = [
  { what: "bun:ffi", pattern: /["']bun:ffi["']/, room: "kernel", exceptions: {} },
  { what: "bun:sqlite", pattern: /["']bun:sqlite["']/, room: "state", exceptions: {} },
  {
    what: "child processes",
    pattern: /["'](node:)?child_process["']|\bBun\.(spawn|spawnSync|\$)/,
    room: "process",
    exceptions: {
      "src/client/autostart.ts": "starts the daemon, which must outlive the command",
      "src/cli/credentials/helper.ts": "asks the user's own docker-credential-NAME programs",
      "src/cli/commands/system-install.ts": "calls systemctl on the user's behalf, below the socket",
      "src/cli/commands/system-uninstall.ts": "calls systemctl on the user's behalf, below the socket",
    },
  },
];

export const LINES_TO_LOOK_TWICE = 250;
export const LINES_AT_MOST = 400;

/** Words that have no place in the project: paths of one machine, notes to oneself. */
export const FORBIDDEN = [
  [/\.\.\/shared\b/, "a folder outside of the checkout"],
  [/\/work\/(main|shared|\.library)\b/, "a path of one machine"],
  [/\b(TODO|FIXME|XXX)\b/, "a note to oneself: do it, or file it"],
  [/@ts-(ignore|nocheck)\b/, "a silenced type error"],
];
