import { layerRole } from '../../domain/pricing/campaign.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { ChannelShop, PriceChannel } from '../../ports/price-channel.ts';
import type { ApplyRun, RunApplyDeps } from './apply-deps.ts';
import { bulkWriter } from './by-bulk.ts';
import { writeByCalls } from './by-calls.ts';
import { wayChooser } from './choose-way.ts';
import { finishOrWait } from './finish-or-wait.ts';
import { paceOf } from './pace.ts';
import { verifyCanary } from './verify-canary.ts';
import { watchRates } from './watch-rates.ts';

/**
 * Writes what is due of a change until nothing is, the change stops applying, or `signal` says so: by single calls or by bulk operations,
 * whichever ends sooner. Safe to run any number of times and by any number of workers. Answers when to come back, or null when the
 * change needs nobody.
 */
export async function runApply(given: RunApplyDeps, ctx: FlowContext, { id }: { id: string }, signal: AbortSignal): Promise<{ comeBackAt: Date | null }> {
  const found = await given.uow.run(ctx.tenantId, async (tx) => {
    const [change, tenant] = [await tx.changes.get(id), await tx.tenant.get()];
    // While nothing new may be written, only rows in doubt need somebody: the rest, which can be a million rows, is not looked at.
    const still = change?.state === 'paused' || tenant?.writesStopped === true;
    const list = change?.priceListId ? await tx.priceLists.get(change.priceListId) : null;
    return { change, tenant, list, still, idle: still && (await tx.items.nextDue(id, ctx.now(), given.quietMs)) === null };
  });
  const { change, tenant, list } = found;
  if (!change || !tenant) return { comeBackAt: null };
  const watch = watchRates(given.uow, ctx, change);
  const { channel } = given;
  const shop: ChannelShop = { tenantId: ctx.tenantId, shopDomain: tenant.shopDomain, currencyCode: change.currencyCode, ...(list ? { priceListRef: list.ref } : {}) };
  const pace = paceOf(() => channel.callsAtOnce?.(shop) ?? given.concurrency, () => ctx.now().getTime());
  const paced: PriceChannel = {
    maxRowsPerWrite: channel.maxRowsPerWrite, writeTimeoutMs: channel.writeTimeoutMs, ...(channel.callsAtOnce ? { callsAtOnce: (of) => channel.callsAtOnce!(of) } : {}),
    read: (...asked) => pace.call(() => channel.read(...asked)), write: (...asked) => pace.call(() => channel.write(...asked)),
  };
  const deps: RunApplyDeps = { ...given, channel: paced, countEnding: (ending) => {
    watch.saw(ending);
    given.countEnding?.(ending);
  } };
  // Where one way breaks the other does not go on by itself.
  const broken = new AbortController();
  const run: ApplyRun = { deps, ctx, id, shop, role: layerRole(change), signal: AbortSignal.any([signal, broken.signal]), watch, pace, claimedUpTo: null };
  if (!found.idle) {
    const operations = bulkWriter(run);
    const chooser = wayChooser(run, change.way ?? null, { mayWrite: !found.still, whenJudged: operations.takeOver });
    try {
      if (found.still) await operations.takeOver();
      await chooser.look();
      while (!run.signal.aborted) {
        const way = chooser.way();
        await (way === 'bulk' ? operations.write(chooser) : writeByCalls(run, chooser));
        if (chooser.way() === way) break;
      }
    } catch (error) {
      broken.abort();
      throw error;
    } finally {
      await operations.allEnded();
    }
  }
  await watch.look({ last: true });
  for (;;) {
    const next = await deps.uow.run(ctx.tenantId, (tx) => finishOrWait(tx, deps, ctx, id));
    if (!next.verify) return next;
    const later = await verifyCanary(deps, ctx, shop, id, signal);
    if (later) return later;
  }
}
