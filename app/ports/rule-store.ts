import type { Page, PageRequest } from './unit-of-work.ts';

/** A saved rule as stored: `ruleJson` passed validation when it was written. */
export interface RuleRow {
  readonly id: string;
  readonly type: 'rule' | 'guardrail';
  readonly name: string;
  readonly ruleJson: unknown;
  readonly version: number;
  readonly enabled: boolean;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface RuleStore {
  list(page: PageRequest): Promise<Page<RuleRow>>;
  get(id: string): Promise<RuleRow | null>;
  /** Also writes version 1 into the history. */
  create(row: { id: string; name: string; ruleJson: unknown; createdBy: string; now: Date }): Promise<RuleRow>;
  /** Null when the rule is gone or no longer at `expectedVersion`. */
  update(row: { id: string; name: string; ruleJson: unknown; enabled?: boolean; expectedVersion: number; by: string; now: Date }): Promise<RuleRow | null>;
  /** Hides it; its versions stay for the plans that name them. */
  remove(id: string, now: Date): Promise<boolean>;
}
