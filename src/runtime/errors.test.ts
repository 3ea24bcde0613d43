import { describe, expect, test } from "bun:test";
import { createError, execErrorText, startFailureCode } from "./errors.ts";

const CREATE =
  "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ";
const EXEC = "OCI runtime exec failed: exec failed: unable to start container process: ";

describe("runtimes' complaints in Docker's words", () => {
  test("runc's are kept", () => {
    const text = 'unable to start container process: exec: "x": executable file not found in $PATH';
    expect(createError(`runc create failed: ${text}`, "x").message).toBe(
      `${CREATE}exec: "x": executable file not found in $PATH`,
    );
    expect(createError(`runc run failed: ${text}`, "x").message).toBe(
      `${CREATE}exec: "x": executable file not found in $PATH`,
    );
    expect(execErrorText(`exec failed: ${text}`, "x")).toBe(
      `${EXEC}exec: "x": executable file not found in $PATH`,
    );
  });

  test("crun's are reworded", () => {
    const cases: [string, string][] = [
      [
        "executable file `no` not found in $PATH: No such file or directory",
        'exec: "no": executable file not found in $PATH',
      ],
      [
        "executable file `/no` not found in $PATH: No such file or directory",
        'exec: "/no": stat /no: no such file or directory',
      ],
      ["open executable: Permission denied", 'exec: "/no": permission denied'],
      ["open executable: Operation not permitted", 'exec: "/no": permission denied'],
      ["the path `/no` is not a regular file: Operation not permitted", 'exec: "/no": permission denied'],
      [
        "the path `/no` exists but it is not executable: Operation not permitted",
        'exec: "/no": permission denied',
      ],
      ["chdir `/no`: Not a directory", 'chdir to cwd ("/no") set in config.json failed: not a directory'],
      [
        "chdir to `/no`: No such file or directory",
        'chdir to cwd ("/no") set in config.json failed: no such file or directory',
      ],
      ["mount `/a` to `b`: Permission denied", "mount `/a` to `b`: permission denied"],
    ];
    for (const [text, words] of cases) {
      expect(createError(text, "/no").message).toBe(CREATE + words);
      expect(execErrorText(text, "/no")).toBe(EXEC + words);
    }
  });

  test("exit codes and kinds", () => {
    expect(startFailureCode('exec: "x": executable file not found in $PATH')).toBe(127);
    expect(startFailureCode('exec: "/x": stat /x: no such file or directory')).toBe(127);
    expect(startFailureCode('exec: "/x": permission denied')).toBe(126);
    expect(startFailureCode('exec: "/x": is a directory: permission denied')).toBe(126);
    expect(startFailureCode('chdir to cwd ("/x") set in config.json failed: not a directory')).toBe(127);
    expect(startFailureCode("cannot allocate memory")).toBe(128);
    expect(createError("executable file not found", "x").kind).toBe("invalid");
    expect(createError("cannot allocate memory", "x").kind).toBe("internal");
  });
});
