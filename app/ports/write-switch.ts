/** The switch that stops every write of the shop, and what waits for it. */
export interface WriteSwitchRow {
  readonly stopped: boolean;
  readonly since: Date | null;
  readonly by: string | null;
  readonly reason: string | null;
}

export interface WriteSwitchStore {
  get(): Promise<WriteSwitchRow>;
  /**
   * Stops writes, and waits until every intent that is being recorded is there to be counted: from then on none is given. False when
   * they were stopped already; the first reason stays.
   */
  stop(facts: { readonly by: string; readonly reason: string | null; readonly now: Date }): Promise<boolean>;
  /** Allows writes again; answers how they had been stopped, or null when they were not. */
  resume(now: Date): Promise<WriteSwitchRow | null>;
  /** Rows whose write went out or was about to, and changes that wait; `now` decides which scheduled ones are due. */
  waiting(now: Date): Promise<{ readonly inFlight: number; readonly applying: number; readonly scheduled: number }>;
}
