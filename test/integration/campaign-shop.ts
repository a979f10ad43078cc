import type { ConflictChoice } from '@calibr/types';
import { applyChange } from '../../app/flows/apply-change/control.ts';
import { resolveConflict } from '../../app/flows/apply-change/resolve-conflict.ts';
import { approveChange } from '../../app/flows/approve-change/decide.ts';
import { endCampaign, finishEnd } from '../../app/flows/end-campaign/end-campaign.ts';
import { noticeDrift } from '../../app/flows/notice-drift/notice-drift.ts';
import { buildPlan } from '../../app/flows/plan-change/build-plan.ts';
import { createChange } from '../../app/flows/plan-change/create-change.ts';
import { requestPreview } from '../../app/flows/plan-change/request-preview.ts';
import { rollBackChange } from '../../app/flows/roll-back-change/roll-back.ts';
import { byBulk } from './bulk-shop.ts';
import { must } from './must.ts';
import type { Conflict, Made, Price } from './campaign-model.ts';
import { newDigest, openFlowShop } from './flow-shop.ts';
import type { FlowShop } from './flow-shop.ts';

/** The real flows on a real database, driven by the steps of the model: variants have the refs 1, 2, … and cost 10.00. */
export class CampaignShop {
  readonly #shop: FlowShop;
  readonly #deps;

  /** `way`: how prices go out. */
  static async open(appUrl: string, variants: number, way: 'calls' | 'bulk' = 'calls'): Promise<CampaignShop> {
    const shop = await openFlowShop(appUrl);
    if (way === 'bulk') byBulk(shop);
    await shop.stock(variants);
    return new CampaignShop(shop);
  }

  private constructor(shop: FlowShop) {
    this.#shop = shop;
    this.#deps = { uow: shop.uow, newDigest, planMaxAgeHours: 72 };
  }

  /** Plans, approves and applies; answers the change's id. */
  async run({ percent, variants, end, priority, sale }: Made): Promise<string> {
    const { ctx } = this.#shop;
    const rule = {
      selector: { all: [{ field: 'variant.sku', op: 'in', value: variants.map((ref) => `S-${ref}`) }] },
      transform: { steps: [{ type: 'percent', value: String(percent) }], compareAt: { mode: sale ? 'sale' : 'keep' } }, priority,
    };
    const startAt = this.#shop.now().toISOString().slice(0, 19);
    const schedule = end ? { startAt, endAt: new Date(this.#shop.now().getTime() + 40 * 86_400_000).toISOString().slice(0, 19), timeZone: 'UTC' } : null;
    const change = must(await createChange(this.#deps, ctx, { name: `${percent} %`, rule, schedule }));
    must(await requestPreview(this.#deps, ctx, { id: change.id }));
    await buildPlan(this.#deps, ctx, { id: change.id });
    await this.#apply(change.id);
    return change.id;
  }

  /** Ends several campaigns in the same moment; the changes that take them off are written in the opposite order. */
  async endAtOnce(ids: readonly string[]): Promise<void> {
    const ends: string[] = [];
    for (const id of ids) {
      must(await endCampaign(this.#deps, this.#shop.ctx, { id }));
      if (await this.#shop.state(id) === 'ending') ends.push(await this.#lastChild(id));
    }
    for (const id of [...ends].reverse()) await this.#shop.run(id);
    for (const id of ends) await this.#shop.runToTheEnd(id);
    this.#shop.advance(1_000);
  }

  /** True where there was nothing to take back. */
  async rollBack(id: string): Promise<boolean> {
    const planned = await rollBackChange(this.#deps, this.#shop.ctx, { id });
    if (!planned.ok) return true;
    await this.#apply(planned.value.id);
    return false;
  }

  async edit(ref: number, { price, compareAt }: Price): Promise<void> {
    this.#shop.channel.prices.set(BigInt(ref), { price, compareAt });
    await this.#shop.sql('update variants set price = $2, compare_at = $3, updated_at = $4 where ref = $1', [ref, price, compareAt, this.#shop.now()]);
    await this.#shop.sql('update price_versions v set valid_to = $2 from variants where ref = $1 and v.variant_id = variants.id and v.valid_to is null', [ref, this.#shop.now()]);
    await this.#shop.sql(`insert into price_versions (tenant_id, variant_id, currency_code, unit_amount, compare_at, valid_from, source)
      select tenant_id, id, 'USD', price, compare_at, $2, 'webhook' from variants where ref = $1`, [ref, this.#shop.now()]);
    await noticeDrift(this.#deps, this.#shop.ctx, { productRef: null });
    this.#shop.advance(1_000);
  }

  /** The code of the refusal, or null. */
  async resolve({ id, variant }: Conflict, choice: ConflictChoice): Promise<string | null> {
    const item = (await this.#shop.items(id)).find((row) => row.variantRef === BigInt(variant))!;
    const resolved = await resolveConflict(this.#deps, this.#shop.ctx, { id, itemId: item.id, choice });
    if (!resolved.ok) return resolved.error.code;
    if (await this.#shop.state(id) === 'applying') await this.#shop.runToTheEnd(id);
    await finishEnd(this.#deps, this.#shop.ctx, { id });
    if (await this.#shop.state(id) === 'ending') await this.#shop.runToTheEnd(await this.#lastChild(id));
    this.#shop.advance(1_000);
    return null;
  }

  /** What the shop shows, and what we say about it; the two must agree about the price. */
  async picture(): Promise<unknown> {
    const rows = await this.#shop.sql<{ ref: bigint; price: bigint; compareAt: bigint | null; base: bigint; baseCompareAt: bigint | null; layers: string[] }>(
      `select v.ref, v.price, v.compare_at as "compareAt", coalesce(v.baseline_price, v.price) as base,
          case when v.baseline_price is null then v.compare_at else v.baseline_compare_at end as "baseCompareAt",
          array(select l.change_id::text from price_layers l where l.variant_id = v.id order by priority desc, starts_at desc, change_created_at desc) as layers
        from variants v order by v.ref`);
    return rows.map(({ ref, price, compareAt, base, baseCompareAt, layers }) => {
      const live = this.#shop.channel.prices.get(ref)!;
      if (live.price !== price || live.compareAt !== compareAt) throw new Error(`The shop shows ${live.price}/${live.compareAt} of variant ${ref}, the catalog ${price}/${compareAt}`);
      return { variant: Number(ref), live: { price, compareAt }, baseline: { price: base, compareAt: baseCompareAt }, layers };
    });
  }

  differences = (): Promise<unknown[]> => this.#shop.differences();
  close = (): Promise<void> => this.#shop.close();

  async #apply(id: string): Promise<void> {
    const { planHash } = (await this.#shop.uow.run(this.#shop.ctx.tenantId, (tx) => tx.changes.get(id)))!;
    must(await approveChange(this.#deps, this.#shop.ctx, { id, planHash: planHash! }));
    must(await applyChange(this.#deps, this.#shop.ctx, { id }));
    await this.#shop.runToTheEnd(id);
    this.#shop.advance(1_000);
  }

  async #lastChild(id: string): Promise<string> {
    return (await this.#shop.uow.run(this.#shop.ctx.tenantId, (tx) => tx.changes.children(id)))[0]!.id;
  }
}
