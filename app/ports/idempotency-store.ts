export interface RememberedAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** The first answer to a POST that carried an Idempotency-Key. */
export interface IdempotencyStore {
  /**
   * begun: do the work, then `finish` or `forget` · running: the first call has not answered yet
   * other_request: the key was used for another method, path or body · answered: give this answer
   */
  begin(call: { key: string; method: string; path: string; bodyHash: Uint8Array; now: Date; abandonedBefore: Date }): Promise<
    { kind: 'begun' } | { kind: 'running' } | { kind: 'other_request' } | { kind: 'answered'; answer: RememberedAnswer }>;
  finish(key: string, answer: RememberedAnswer, now: Date): Promise<void>;
  /** Frees a key that was begun at this moment, and not anew since. */
  forget(key: string, begunAt: Date): Promise<void>;
}
