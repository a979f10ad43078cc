/** After a failure: long enough not to hammer a database that is down. */
const AFTER_FAILURE_MS = 2_000;

/** Ends a pause of the loop that waits for it. A ring during a step is heard after it. */
export interface Bell {
  ring(): void;
  /** Whether it rang since this was last asked. */
  heard(): boolean;
  onRing: (() => void) | null;
}

export function createBell(): Bell {
  let rung = false;
  const bell: Bell = {
    ring() {
      rung = true;
      bell.onRing?.();
    },
    heard() {
      const was = rung;
      rung = false;
      return was;
    },
    onRing: null,
  };
  return bell;
}

/**
 * Runs `step` again and again, pausing for the milliseconds it answers, until the signal; a step that throws is told of and tried again.
 * A bell ends the pause, but for that after a failure.
 */
export async function loopUntil(signal: AbortSignal, step: () => Promise<number>, complain: (error: unknown) => void, bell?: Bell): Promise<void> {
  while (!signal.aborted) {
    let pauseMs: number;
    bell?.heard();
    try {
      pauseMs = await step();
    } catch (error) {
      complain(error);
      await pause(AFTER_FAILURE_MS, signal);
      continue;
    }
    if (pauseMs > 0 && !signal.aborted) await pause(pauseMs, signal, bell);
  }
}

function pause(ms: number, signal: AbortSignal, bell?: Bell): Promise<void> {
  if (bell?.heard()) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      if (bell) bell.onRing = null;
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
    if (bell) bell.onRing = end;
  });
}
