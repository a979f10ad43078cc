import type { ChangeRow } from '../domain/pricing/change.ts';

/**
 * What the time has come for.
 * end: a campaign's end · missed: a campaign whose whole window went by · automation: a saved rule that runs by itself
 * follow: the next change of a series is to be made · plan: a change that plans itself · start: an approved change
 */
export interface DueThing {
  readonly kind: 'end' | 'missed' | 'automation' | 'follow' | 'plan' | 'start';
  /** Of a price change, or of the saved rule. */
  readonly id: string;
  readonly at: Date;
}

/** The names of a thing that is due, for passing it over. */
export const dueKey = ({ kind, id }: Pick<DueThing, 'kind' | 'id'>): string => `${kind}:${id}`;

export interface ScheduleStore {
  /** The earliest thing that is due and not passed over. Looks only: whoever does it locks it and looks again. */
  nextDue(now: Date, passedOver: readonly string[]): Promise<DueThing | null>;
  /** Whether it is still due: for whoever has locked it since it was found. */
  isDue(thing: Pick<DueThing, 'kind' | 'id'>, now: Date): Promise<boolean>;
  /**
   * No series goes on and no rule runs by itself, until somebody schedules or saves it again; campaigns that run no longer end by
   * themselves, and say so by `note`. Answers how many campaigns that are.
   */
  standStill(note: string, now: Date): Promise<{ readonly held: number }>;
  /** The change of a series for this window, unless it was given up. */
  occurrence(seriesId: string, occurrenceAt: Date): Promise<ChangeRow | null>;
  /** The last change of the series before this one whose plan was approved. */
  lastApproved(change: Pick<ChangeRow, 'id' | 'seriesId'>): Promise<ChangeRow | null>;
  /** Earlier changes of the series, without end, that nobody has approved. */
  unapprovedBefore(change: Pick<ChangeRow, 'id' | 'seriesId'>): Promise<readonly string[]>;
  /** Changes of this rule's own runs that are not over, the newest first. */
  openRuns(ruleId: string): Promise<readonly ChangeRow[]>;
  /** Those of the variants whose price now is what a write of ours that was not answered yet brings. */
  beingWritten(variantIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Those of the variants whose price now is one that a change by this rule wrote. */
  setByRule(ruleId: string, variantIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** How many variants have another row, or none, in the other change. */
  differingRows(changeId: string, otherId: string): Promise<number>;
}
