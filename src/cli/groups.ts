/** One sentence for each group of commands. */
export const groupSummaries: Readonly<Record<string, string>> = {
  builder: "Manage builds",
  completion: "Generate the autocompletion script for berth for the specified shell",
  container: "Manage containers",
  context: "Manage contexts",
  image: "Manage images",
  manifest: "Manage image manifests and manifest lists",
  network: "Manage networks",
  system: "Manage Berth",
  volume: "Manage volumes",
};

/** What people use most, in the order in which the first page of help shows it. */
export const commonCommands: readonly string[] = [
  "run",
  "exec",
  "ps",
  "build",
  "pull",
  "push",
  "images",
  "login",
  "logout",
  "search",
  "version",
  "info",
];
