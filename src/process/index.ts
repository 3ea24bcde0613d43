export * from "./reaper.ts";
export * from "./run-command.ts";
export * from "./start-process.ts";
export * from "./undo-stack.ts";
