// Progress of a script: one line a step, with a tick and the time it took.
const live = process.stderr.isTTY === true;
const paint = (code, text) => (live && !process.env.NO_COLOR ? `\u001b[${code}m${text}\u001b[0m` : text);

/** An error whose message is written for the person at the terminal: shown without a stack. */
export class Refusal extends Error {}

export function say(text = "") {
  process.stdout.write(`${text}\n`);
}

// Progress is for people: it goes to standard error, so that a script's output can be read by a program.
function show(text) {
  process.stderr.write(text);
}

export function seconds(milliseconds) {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/**
 * Runs `work` as one visible step and returns its result. `work` gets a function that replaces the step's title,
 * for what is known only at its end. Without a terminal, a step that takes longer than a second is announced, so
 * that a log shows what is being waited for.
 */
export async function step(title, work) {
  const started = Date.now();
  let shown = title;
  if (live) show(`  ${paint(2, "…")} ${title}`);
  const announcement = live ? undefined : setTimeout(() => show(`  … ${title}\n`), 1000);
  const finish = (mark) => {
    clearTimeout(announcement);
    if (live) show("\r\u001b[K");
    show(`  ${mark} ${shown} ${paint(2, `(${seconds(Date.now() - started)})`)}\n`);
  };
  try {
    const result = await work((better) => {
      shown = better;
    });
    finish(paint(32, "✓"));
    return result;
  } catch (error) {
    finish(paint(31, "✗"));
    throw error;
  }
}

/** Runs a script's main function; a Refusal ends it with its message alone, anything else with its stack. */
export async function main(work) {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    process.stderr.write(`\n${error instanceof Refusal ? error.message : error.stack}\n`);
    process.exitCode = 1;
  }
}
