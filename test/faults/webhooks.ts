import { receiveWebhook } from '../../app/flows/receive-webhook/receive-webhook.ts';
import type { WebhookRow } from '../../app/ports/tenant-store.ts';
import type { FakeShop } from './fake-shop.ts';
import { contextOf, unitOfWorkOf } from './our-processes.ts';
import type { Sim } from './our-processes.ts';
import type { Proc } from './world.ts';

const money = (minor: bigint): string => `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`;

/** Sends what changed in a shop as webhooks: twice, late, out of order, or never; and again until it is answered. */
export class Webhooks {
  /** Ids that we answered with 2xx. */
  readonly answered = new Set<string>();
  /** The webhook that told last of each product; null where the last word was never sent. */
  readonly lastWebhook = new Map<bigint, string | null>();
  /** On their way. */
  under = 0;
  readonly #sim: Sim;
  readonly #shop: FakeShop;
  readonly #proc: () => Proc;

  constructor(sim: Sim, shop: FakeShop, proc: () => Proc) {
    this.#sim = sim;
    this.#shop = shop;
    this.#proc = proc;
    shop.changed = (productRef) => this.#emit(productRef);
  }

  #emit(productRef: bigint): void {
    const { world } = this.#sim;
    this.lastWebhook.set(productRef, null);
    // Whoever has no app is told nothing.
    if (this.#shop.left || world.fault('webhook missing', 0.06)) return;
    const records = this.#shop.records(productRef);
    const variants = [...this.#shop.variants.values()].filter((variant) => variant.productRef === productRef);
    const gone = records.length === 0;
    const payload = gone ? { id: Number(productRef) } : {
      id: Number(productRef), title: `Product ${productRef}`, status: 'active', updated_at: new Date(world.now).toISOString(),
      variants: variants.map((variant) => ({ id: Number(variant.ref), price: money(variant.price), compare_at_price: variant.compareAt === null ? null : money(variant.compareAt), updated_at: variant.updatedAt, sku: `S-${variant.ref}` })),
    };
    const eventId = world.chance.uuid();
    const row = (): WebhookRow => ({ webhookId: world.chance.uuid(), eventId, topic: gone ? 'products/delete' : 'products/update', apiVersion: '2026-07', triggeredAt: new Date(world.now), payload });
    const delay = world.fault('webhook late', 0.08) ? world.chance.between(10_000, 150_000) : world.chance.between(100, 3_000);
    const first = row();
    this.lastWebhook.set(productRef, first.webhookId);
    this.#deliver(first, delay, 0);
    if (world.fault('webhook twice', 0.06)) this.#deliver(first, delay + world.chance.between(0, 20_000), 0);
    if (world.fault('event by two subscriptions', 0.04)) this.#deliver(row(), delay + world.chance.between(0, 20_000), 0);
  }

  /** The app was removed: said once or more, and sometimes so late that it is there again. */
  tellRemoved(): void {
    const { world } = this.#sim;
    const row: WebhookRow = { webhookId: world.chance.uuid(), eventId: world.chance.uuid(), topic: 'app/uninstalled', apiVersion: '2026-07', triggeredAt: new Date(world.now), payload: { id: 1 } };
    const delay = world.fault('webhook late', 0.2) ? world.chance.between(10_000, 90_000) : world.chance.between(100, 3_000);
    this.#deliver(row, delay, 0);
    if (world.fault('webhook twice', 0.2)) this.#deliver(row, delay + world.chance.between(0, 60_000), 0);
  }

  #deliver(row: WebhookRow, delay: number, tries: number): void {
    this.under++;
    this.#sim.world.after(delay, () => {
      void this.#post(row).then((answered) => {
        this.under--;
        if (answered) this.answered.add(row.webhookId);
        else if (tries < 8) this.#deliver(row, this.#sim.world.chance.between(5_000, 30_000), tries + 1);
      });
    });
  }

  async #post(row: WebhookRow): Promise<boolean> {
    const { world } = this.#sim;
    const proc = this.#proc();
    world.count('webhooks delivered');
    const late = new Promise<false>((no) => world.after(5_000, () => no(false)));
    const ctx = contextOf(this.#sim, proc, this.#shop.tenantId, { kind: 'shopify', id: row.topic });
    const work = receiveWebhook({ uow: unitOfWorkOf(this.#sim, proc), queue: this.#sim.queue.port(proc) }, ctx, row).then(({ ok }) => ok, () => false);
    return Promise.race([work, late]);
  }
}
