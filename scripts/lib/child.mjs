// Child processes of the scripts.
import { spawn } from "node:child_process";
import { Refusal } from "./steps.mjs";

/**
 * Runs a program to its end and resolves with {code, stdout, stderr, timedOut}; it never rejects for an exit status.
 * With `inherit`, output goes to the terminal instead. The child leads a process group of its own, so that what it
 * started ends with it when `timeout` (milliseconds) passes or this script is interrupted.
 */
export function run(argv, { cwd, env, inherit = false, timeout = 0 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0], argv.slice(1), {
      cwd,
      env: env ?? process.env,
      detached: true,
      stdio: ["ignore", inherit ? "inherit" : "pipe", inherit ? "inherit" : "pipe"],
    });
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"]) {
      child[name]?.setEncoding("utf8").on("data", (text) => {
        output[name] += text;
      });
    }
    let timedOut = false;
    const endGroup = (signal) => {
      try {
        process.kill(-child.pid, signal);
      } catch {
        // The group is gone already.
      }
    };
    const watchdog = timeout
      ? setTimeout(() => {
          timedOut = true;
          endGroup("SIGTERM");
          setTimeout(() => endGroup("SIGKILL"), 5000).unref();
        }, timeout)
      : undefined;
    const interrupted = () => {
      endGroup("SIGINT");
      process.exit(130);
    };
    process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
    const settle = () => {
      clearTimeout(watchdog);
      process.removeListener("SIGINT", interrupted).removeListener("SIGTERM", interrupted);
    };
    child.once("error", (error) => {
      settle();
      reject(new Refusal(`${argv[0]} could not be started: ${error.message}`));
    });
    child.once("close", (code, signal) => {
      settle();
      resolve({ code: code ?? 128, signal, timedOut, ...output });
    });
  });
}

/** The beginning and the end of a long output: programs say what went wrong in one of the two. */
function excerpt(lines) {
  return (lines.length <= 30 ? lines : [...lines.slice(0, 12), "...", ...lines.slice(-12)]).join("\n");
}

/** Like `run`, but a status other than 0 is a Refusal that ends with the last lines the program said. */
export async function must(argv, options = {}) {
  const result = await run(argv, options);
  if (result.code === 0) return result;
  const said = excerpt(`${result.stdout}\n${result.stderr}`.trim().split("\n"));
  const why = result.timedOut ? "took too long and was ended" : `ended with status ${result.code}`;
  throw new Refusal(`${argv.join(" ")} ${why}${said ? `:\n${said}` : "."}`);
}
