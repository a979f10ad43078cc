import type { Rule, RuleSchedule } from '../rules/rule.ts';
import type { Occurrence } from '../schedules/occurrences.ts';

/** One window of a schedule as a schedule of its own. */
export function windowSchedule(timeZone: string, window: Pick<Occurrence, 'startLocal' | 'endLocal'>): RuleSchedule {
  return { startAt: window.startLocal, ...(window.endLocal === null ? {} : { endAt: window.endLocal }), timeZone };
}

/** What a price change takes over from the rule that it is made by. */
export function ofRule(rule: Rule, schedule: RuleSchedule | null) {
  return { ruleJson: rule, selectorJson: rule.selector, transformJson: rule.transform, scheduleJson: schedule, priority: rule.priority ?? 0 };
}
