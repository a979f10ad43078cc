import { startScheduled } from '../../app/flows/apply-change/control.ts';
import { approveChange } from '../../app/flows/approve-change/decide.ts';
import { checkPlans } from '../../app/flows/check-plans/check-plans.ts';
import { endCampaign } from '../../app/flows/end-campaign/end-campaign.ts';
import { buildPlan } from '../../app/flows/plan-change/build-plan.ts';
import { createChange } from '../../app/flows/plan-change/create-change.ts';
import { requestPreview } from '../../app/flows/plan-change/request-preview.ts';
import { runSchedules } from '../../app/flows/run-schedules/run-schedules.ts';
import type { ChangeRow } from '../../app/domain/pricing/change.ts';
import type { Rule, RuleSchedule } from '../../app/domain/rules/rule.ts';
import { must } from './must.ts';
import { newDigest, openFlowShop } from './flow-shop.ts';
import type { FlowShop } from './flow-shop.ts';

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

export const percent = (value: string, more: Partial<Rule> = {}): Rule => ({ selector: { all: [] }, transform: { steps: [{ type: 'percent', value }] }, ...more });

/** A shop with a worker that does its rounds when told, by the shop's clock. */
export interface ScheduleShop extends FlowShop {
  setTime(text: string): void;
  change(id: string): Promise<ChangeRow>;
  /** All price changes in the order in which they were made. */
  changes(): Promise<ChangeRow[]>;
  /** What this rule's or this series' changes are, by state and window. */
  series(id: string): Promise<string[]>;
  draft(rule: Rule, schedule?: RuleSchedule | null): Promise<string>;
  /** Previews and approves. */
  approve(id: string): Promise<void>;
  /** Drafted, previewed and approved. */
  approved(rule: Rule, schedule?: RuleSchedule | null): Promise<string>;
  /** One run of the scheduler alone; answers how many things it took. */
  schedules(): Promise<number>;
  /** The scheduler, plans and writes, round after round, until nothing is left to do. */
  work(): Promise<void>;
  check(): Promise<number>;
  /** Price and compare-at of a variant in the shop, by its number. */
  live(ref: number): string;
}

export async function openScheduleShop(appUrl: string): Promise<ScheduleShop> {
  const shop = await openFlowShop(appUrl);
  const { uow, ctx } = shop;
  const system = { ...ctx, actor: { kind: 'system' as const, id: 'run-schedules' } };
  const deps = { uow, newDigest };
  const read = <T>(work: Parameters<typeof uow.run<T>>[1]): Promise<T> => uow.run(ctx.tenantId, work);
  const ids = async (where: string): Promise<string[]> => (await shop.sql<{ id: string }>(`select id from price_changes where ${where} order by created_at, id`)).map(({ id }) => id);
  const change = async (id: string): Promise<ChangeRow> => (await read((tx) => tx.changes.get(id)))!;
  return Object.assign(shop, {
    setTime: (text: string) => shop.advance(Date.parse(text) - shop.now().getTime()),
    change,
    changes: async () => Promise.all((await ids('true')).map(change)),
    series: async (id: string) => (await Promise.all((await ids(`series_id = '${id}'`)).map(change))).sort((a, b) => (a.occurrenceAt?.getTime() ?? 0) - (b.occurrenceAt?.getTime() ?? 0)).map((row) => `${row.occurrenceAt?.toISOString().slice(0, 16) ?? '-'} ${row.state}`),
    draft: async (rule: Rule, schedule: RuleSchedule | null = null) => must(await createChange({ uow }, ctx, { name: 'Change', rule, ...(schedule ? { schedule } : {}) })).id,
    async approve(id: string) {
      must(await requestPreview({ uow }, ctx, { id }));
      await buildPlan(deps, ctx, { id });
      must(await approveChange({ uow, planMaxAgeHours: 720 }, ctx, { id, planHash: (await change(id)).planHash! }));
    },
    async approved(this: ScheduleShop, rule: Rule, schedule: RuleSchedule | null = null) {
      const id = await this.draft(rule, schedule);
      await this.approve(id);
      return id;
    },
    schedules: () => runSchedules(
      { uow, start: (context, input) => startScheduled(deps, context, input), endCampaign: (context, input) => endCampaign(deps, context, input) }, system, new AbortController().signal),
    async work(this: ScheduleShop) {
      for (let round = 0; round < 60; round++) {
        const took = await this.schedules();
        const toPlan = await ids("activity = 'previewing'");
        for (const id of toPlan) await buildPlan(deps, system, { id });
        const toWrite = await ids("state = 'applying'");
        for (const id of toWrite) await shop.run(id);
        if (took + toPlan.length + toWrite.length === 0) return;
      }
      throw new Error('The worker does not come to rest');
    },
    check: () => checkPlans({ uow }, system, { productRef: null }),
    live: (ref: number) => {
      const { price, compareAt } = shop.channel.prices.get(BigInt(ref))!;
      return `${price}/${compareAt ?? '-'}`;
    },
  });
}

