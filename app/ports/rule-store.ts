import type { RuleTrigger } from '../domain/rules/automation.ts';
import type { Page, PageRequest } from './unit-of-work.ts';

/** A saved rule as stored: `ruleJson` passed validation when it was written. */
export interface RuleRow {
  readonly id: string;
  readonly type: 'rule' | 'guardrail';
  readonly name: string;
  readonly ruleJson: unknown;
  readonly version: number;
  readonly enabled: boolean;
  /** What makes it run. */
  readonly automationTrigger: RuleTrigger;
  /** When it is next to be looked at; null: nothing waits. */
  readonly automationAt: Date | null;
  /** The first of the catalog's changes that it waits to be over. */
  readonly automationSince: Date | null;
  /** The start of the last window that it was run for. */
  readonly automationDoneAt: Date | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface RuleVersionRow {
  readonly version: number;
  readonly name: string;
  readonly ruleJson: unknown;
  readonly createdBy: string;
  readonly createdAt: Date;
}

export type AutomationFacts = Partial<Pick<RuleRow, 'enabled' | 'automationTrigger' | 'automationAt' | 'automationSince' | 'automationDoneAt'>>;

export interface RuleStore {
  list(page: PageRequest): Promise<Page<RuleRow>>;
  get(id: string): Promise<RuleRow | null>;
  /** As `get`, and holds the rule until the transaction ends. */
  lock(id: string): Promise<RuleRow | null>;
  /** The newest first. */
  versions(id: string, page: PageRequest): Promise<Page<RuleVersionRow>>;
  setAutomation(id: string, facts: AutomationFacts): Promise<void>;
  /** Rules that are on and run after changes of the catalog. */
  onCatalog(): Promise<readonly RuleRow[]>;
  /**
   * The catalog changed in what these rules (null: all that run on it) select: they are looked at `delayMs` after the last such change,
   * at the latest `longestMs` after the first.
   */
  touch(ids: readonly string[] | null, when: { now: Date; delayMs: number; longestMs: number }): Promise<void>;
  /** Also writes version 1 into the history. */
  create(row: { id: string; name: string; ruleJson: unknown; createdBy: string; now: Date }): Promise<RuleRow>;
  /** Null when the rule is gone or no longer at `expectedVersion`. */
  update(row: { id: string; name: string; ruleJson: unknown; enabled?: boolean; expectedVersion: number; by: string; now: Date }): Promise<RuleRow | null>;
  /** Hides it; its versions stay for the plans that name them. */
  remove(id: string, now: Date): Promise<boolean>;
}
