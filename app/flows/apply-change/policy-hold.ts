import { problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import { startOfDay } from '../../domain/policies/local-time.ts';
import { mayWriteNow } from '../../domain/policies/quiet-hours.ts';
import type { ChangeRow } from '../../domain/pricing/change.ts';
import { formatWallClock, zoneClock } from '../../domain/schedules/wall-clock.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Tx } from '../../ports/unit-of-work.ts';

/**
 * Why an approved change may not start to write now; null where it may. What was approved under another rule or other policies is not
 * what holds (`stale_plan`; the approval is taken away by a job as well), and quiet hours are waited for (`quiet_hours`). A way back is
 * never held up: it only puts back prices that were there.
 */
export async function policyHold(tx: Tx, change: ChangeRow, now: Date): Promise<Result<never> | null> {
  if (change.kind === 'rollback') return null;
  const policy = await tx.policies.inForce();
  if (change.policyVersion !== policy.version) return problem('conflict', 'stale_plan', `The shop's policies changed to version ${policy.version} after this plan was approved; preview and approve it again.`);
  const rule = change.ruleId === null ? null : await tx.rules.get(change.ruleId);
  if (change.ruleId !== null && rule?.version !== change.ruleVersion) return problem('conflict', 'stale_plan', `The rule ${rule ? `changed to version ${rule.version}` : 'was deleted'} after this plan was approved; preview and approve it again.`);
  const quiet = mayWriteNow(policy.document.guardrails.quietHours, now);
  if (quiet.ok) return null;
  const until = formatWallClock(zoneClock(quiet.timeZone)!.localAt(quiet.until.getTime())).slice(0, 16).replace('T', ' ');
  return problem('conflict', 'quiet_hours', `The policies of this shop keep quiet hours until ${until} (${quiet.timeZone}). A scheduled change starts by itself then; otherwise apply it after that.`);
}

/**
 * Takes rows out of a change that starts whose price went out, or is about to, as often today as the policies allow: what was written
 * since the plan was made counts as well. They end as cancelled and say why; answers how many.
 */
export async function holdCapped(tx: Tx, ctx: FlowContext, change: ChangeRow, timeZone: string): Promise<number> {
  const cap = (await tx.policies.inForce()).document.guardrails.maxWritesPerVariantPerDay?.value;
  if (cap === undefined || change.kind === 'rollback') return 0;
  const verdict = `Its price changed ${cap === 1 ? 'once' : `${cap} times`} today by other changes, which is as often as the policies allow.`;
  return tx.policies.cancelCapped(change.id, { cap, since: startOfDay(ctx.now(), timeZone), verdict, now: ctx.now() });
}
