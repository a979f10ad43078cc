import type { Decision } from '../domain/policies/approvals-dto.ts';
import type { PolicyDocument, PolicyInForce } from '../domain/policies/policy.ts';

/** The policy document of the shop as stored. */
export interface PolicyRow {
  readonly id: string;
  readonly version: number;
  readonly document: PolicyDocument;
  /** Who saved this version, and when. */
  readonly updatedBy: string;
  readonly updatedAt: Date;
}

export interface PolicyStore {
  get(): Promise<PolicyRow | null>;
  /** What holds now: the stored document, or the defaults without a version. */
  inForce(): Promise<PolicyInForce>;
  /** Saves the next version; null when another one than `expectedVersion` (null: none) is in force by now. */
  save(row: { id: string; document: PolicyDocument; expectedVersion: number | null; by: string; now: Date }): Promise<PolicyRow | null>;
  /** Changes whose approval was given under another version, or of another version of this rule; for voiding. Rollbacks are of no rule and no policy. */
  approvedUnderOther(what: { readonly policyVersion: number | null } | { readonly ruleId: string; readonly ruleVersion: number | null }): Promise<readonly string[]>;
  /**
   * Cancels the planned rows of a change whose variants other changes have sent, or are about to send, at least `cap` times since an
   * instant; answers how many.
   */
  cancelCapped(changeId: string, info: { cap: number; since: Date; verdict: string; now: Date }): Promise<number>;
  /** How often each of these variants was sent to the shop since an instant; those that never were are left out. */
  writesSince(variantIds: readonly string[], since: Date): Promise<ReadonlyMap<string, number>>;
}

export interface DecisionStore {
  /** Call it while the change is locked: the lock gives the order. */
  add(row: Decision): Promise<void>;
  /** All of a change, oldest first. */
  list(changeId: string): Promise<readonly Decision[]>;
}
