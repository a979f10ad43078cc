const EVERY_MS = 10_000;

/** Passes on the first of equal complaints and then one every ten seconds: a lost connection repeats itself many times a second. */
export function quiet(complain: (err: Error) => void, now: () => number = () => performance.now()): (err: Error) => void {
  const last = new Map<string, number>();
  return (err) => {
    const at = now();
    const before = last.get(err.message);
    if (before !== undefined && at - before < EVERY_MS) return;
    if (last.size > 50) last.clear();
    last.set(err.message, at);
    complain(err);
  };
}
