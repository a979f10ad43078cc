/** One thing that happened to an aggregate, in the order of happening. */
export interface Happened {
  readonly aggregate: string;
  /** Number of the event that it is of. */
  readonly seq: bigint;
}

export interface Verdict {
  readonly lost: number;
  /** The first happening of an event came after that of a later one of its aggregate. */
  readonly outOfOrder: number;
  /** An event happened again after a later one of its aggregate had. */
  readonly lateRepeats: number;
  /** An event happened again before any later one: harmless where it is idempotent. */
  readonly repeats: number;
  /** Happened without being in the log. */
  readonly unknown: number;
}

/** Compares what happened with the log of what should have. */
export function judge(log: readonly Happened[], happened: readonly Happened[]): Verdict {
  const expected = new Map<string, Set<bigint>>();
  for (const { aggregate, seq } of log) {
    const seqs = expected.get(aggregate) ?? new Set();
    expected.set(aggregate, seqs.add(seq));
  }
  const seen = new Map<string, { latest: bigint; seqs: Set<bigint> }>();
  let [outOfOrder, lateRepeats, repeats, unknown] = [0, 0, 0, 0];
  for (const { aggregate, seq } of happened) {
    if (!expected.get(aggregate)?.has(seq)) unknown += 1;
    const of = seen.get(aggregate) ?? { latest: -1n, seqs: new Set<bigint>() };
    seen.set(aggregate, of);
    if (of.seqs.has(seq)) {
      if (seq < of.latest) lateRepeats += 1;
      else repeats += 1;
    } else if (seq < of.latest) outOfOrder += 1;
    of.seqs.add(seq);
    if (seq > of.latest) of.latest = seq;
  }
  let lost = 0;
  for (const [aggregate, seqs] of expected) for (const seq of seqs) if (!seen.get(aggregate)?.seqs.has(seq)) lost += 1;
  return { lost, outOfOrder, lateRepeats, repeats, unknown };
}
