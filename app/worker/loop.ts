/** After a failure: long enough not to hammer a database that is down. */
const AFTER_FAILURE_MS = 2_000;

/** Runs `step` again and again, pausing for the milliseconds it answers, until the signal; a step that throws is told of and tried again. */
export async function loopUntil(signal: AbortSignal, step: () => Promise<number>, complain: (error: unknown) => void): Promise<void> {
  while (!signal.aborted) {
    let pauseMs: number;
    try {
      pauseMs = await step();
    } catch (error) {
      complain(error);
      pauseMs = AFTER_FAILURE_MS;
    }
    if (pauseMs > 0 && !signal.aborted) await pause(pauseMs, signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
