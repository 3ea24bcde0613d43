import { describe, expect, test } from "bun:test";
import { Reaper, type ReaperJob, type ReaperJournal, runCommand, UndoStack } from "./index.ts";

describe("runCommand", () => {
  test("gives input, collects output, tells the status", async () => {
    const result = await runCommand(["sh", "-c", "cat; echo oops >&2; exit 3"], { input: "hello" });
    expect(result).toEqual({ code: 3, stdout: "hello", stderr: "oops\n" });
  });
  test("a killed program's status is 128 and the signal", async () => {
    expect((await runCommand(["sh", "-c", "kill -TERM $$"])).code).toBe(143);
  });
  test("a program that is not there is named", async () => {
    await expect(runCommand(["no-such-program-here"])).rejects.toThrow(
      "no-such-program-here: program not found",
    );
  });
  test("one that takes too long is killed", async () => {
    await expect(runCommand(["sleep", "30"], { timeoutMs: 20 })).rejects.toThrow(
      "sleep did not end within 20 ms",
    );
  });
  test("an abort kills it, also one that came before", async () => {
    await expect(runCommand(["sleep", "30"], { signal: AbortSignal.timeout(20) })).rejects.toThrow(
      "was interrupted",
    );
    await expect(runCommand(["sleep", "30"], { signal: AbortSignal.abort() })).rejects.toThrow(
      "was interrupted",
    );
  });
});

describe("UndoStack", () => {
  test("undoes in reverse, and goes on past a step that fails", async () => {
    const done: string[] = [];
    const said: string[] = [];
    {
      await using undo = new UndoStack((message) => said.push(message));
      undo.defer("first", () => void done.push("first"));
      undo.defer("second", () => {
        throw new Error("stuck");
      });
      undo.defer("third", async () => void done.push("third"));
    }
    expect(done).toEqual(["third", "first"]);
    expect(said).toEqual(['undoing "second" failed: stuck']);
  });
  test("undoes nothing after a commit", async () => {
    let undone = false;
    {
      await using undo = new UndoStack();
      undo.defer("step", () => {
        undone = true;
      });
      undo.commit();
    }
    expect(undone).toBe(false);
  });
});

/** A journal kept in memory, standing for one that outlives the process: two reapers may share it. */
class MemoryJournal implements ReaperJournal {
  readonly jobs = new Map<number, ReaperJob>();
  #next = 1;
  add(kind: string, payload: string): number {
    const id = this.#next++;
    this.jobs.set(id, { id, kind, payload });
    return id;
  }
  remove(id: number): void {
    this.jobs.delete(id);
  }
  list(): ReaperJob[] {
    return [...this.jobs.values()];
  }
}

describe("Reaper", () => {
  test("does jobs one after the other and strikes them out when they are done", async () => {
    const journal = new MemoryJournal();
    const reaper = new Reaper(journal, () => {});
    const order: string[] = [];
    reaper.handle("job", async (payload) => {
      order.push(`${payload} begins`);
      await Bun.sleep(1);
      order.push(`${payload} ends`);
    });
    reaper.enqueue("job", "a");
    reaper.enqueue("job", "b");
    expect(order).toEqual([]);
    expect(journal.jobs.size).toBe(2);
    await reaper.idle();
    expect(order).toEqual(["a begins", "a ends", "b begins", "b ends"]);
    expect(journal.jobs.size).toBe(0);
  });

  test("a job that fails does not stop the others and is tried again by the next process", async () => {
    const journal = new MemoryJournal();
    const said: string[] = [];
    const first = new Reaper(journal, (message) => said.push(message));
    const done: string[] = [];
    first.handle("job", (payload) => {
      if (payload === "bad") throw new Error("disk full");
      done.push(payload);
    });
    first.enqueue("job", "bad");
    first.enqueue("job", "good");
    await first.idle();
    expect([done, said]).toEqual([["good"], ["clean-up job bad failed: disk full"]]);
    const second = new Reaper(journal, () => {});
    second.handle("job", (payload) => void done.push(payload));
    second.replay();
    await second.idle();
    expect(done).toEqual(["good", "bad"]);
    expect(journal.jobs.size).toBe(0);
  });

  test("closing finishes the job at hand and leaves the rest in the journal", async () => {
    const journal = new MemoryJournal();
    const reaper = new Reaper(journal, () => {});
    let begun = () => {};
    const beginning = new Promise<void>((resolve) => {
      begun = resolve;
    });
    reaper.handle("job", async () => {
      begun();
      await Bun.sleep(5);
    });
    for (const payload of ["a", "b", "c"]) reaper.enqueue("job", payload);
    await beginning;
    await reaper.close();
    expect(journal.list().map(({ payload }) => payload)).toEqual(["b", "c"]);
  });
});
