import { same, show } from './fake-shop.ts';
import type { Price } from './fake-shop.ts';
import type { Case } from './invariants.ts';
import { fold, policyAt } from './log-facts.ts';
import type { Told } from './log-facts.ts';
import type { ChangeRec, ItemRec } from './memory-db.ts';

/** A clock may be told of the time this late; the tick comes every dozen seconds. */
const CLOCK_MS = 5_000;
const LATE_MS = 90_000;
const TIMER = 'system:run-schedules';

/** What must be so of whole changes, whatever their single writes were: their times, first parts, counts and sums, and what we know of the shop. */
export function checkOutcomes(seen: Case): void {
  for (const change of seen.db.changes.rows.values()) {
    const own = seen.told.filter((event) => event.changeId === change.id);
    checkPolicy(seen, change, own);
    checkTimes(seen, change, own);
    checkRemoved(seen, change, own);
    checkFirstPart(seen, change, own);
    checkCompleted(seen, change, own);
    checkSummary(seen, change);
    const known = seen.db.told.rows.get(change.id)?.seqs ?? [];
    if (known.some((seq, at) => at > 0 && seq < known[at - 1]!)) seen.world.wrong(`I6 the projection of change ${change.id.slice(0, 8)} was told out of order: ${known.join(' ')}`);
  }
  if (!seen.settled) return;
  checkCatalog(seen);
  checkEdited(seen);
}

const short = (change: ChangeRec): string => `change ${change.id.slice(0, 8)}`;

/** A plan is approved and started only under the policies that it was made under. */
function checkPolicy({ world, db }: Case, change: ChangeRec, own: readonly Told[]): void {
  if (change.kind === 'rollback') return;
  let version: number | null = null;
  for (const event of own) {
    if (event.type === 'price_change.previewed') version = event.payload.policyVersion as number | null;
    if (event.type !== 'price_change.approved' && event.type !== 'price_change.started') continue;
    const inForce = policyAt(db, event)?.version ?? null;
    if (inForce !== version && !db.policyVersions.some((one) => one.version === version && one.version > (inForce ?? 0))) world.wrong(`I8 ${event.type} of ${short(change)}, made under policies ${version}, while ${inForce} were in force`);
  }
}

/** Nothing begins or ends by itself before its time, and what was to do so has. */
function checkTimes({ world, db, settled }: Case, change: ChangeRec, own: readonly Told[]): void {
  const { scheduleAt, endAt, state } = change;
  for (const { id, type, actor, at } of own) {
    if (actor !== TIMER) continue;
    world.count('begun or ended by the clock');
    if (type === 'price_change.started' && scheduleAt !== null && at < scheduleAt.getTime() - CLOCK_MS) world.wrong(`I7 ${short(change)} started ${scheduleAt.getTime() - at} ms before its time`);
    // Whoever is stopped in the middle of its transaction goes on later, with what it saw.
    if (type === 'price_change.started' && endAt !== null && db.begunAt.get(id)! > endAt.getTime() + CLOCK_MS) world.wrong(`I7 ${short(change)} started after its end`);
    if (type === 'price_change.end_started' && endAt !== null && at < endAt.getTime() - CLOCK_MS) world.wrong(`I7 ${short(change)} ended ${endAt.getTime() - at} ms before its time`);
  }
  if (!settled || change.kind === 'rollback' || change.failure !== null || change.heldAt !== null) return;
  const past = (at: Date | null): boolean => at !== null && at.getTime() < world.now - LATE_MS;
  if (past(endAt) && ['approved', 'scheduled', 'applied', 'partially_applied'].includes(state)) world.wrong(`I10 the end of ${short(change)} went by, and it is ${state}`);
  if (past(scheduleAt) && (state === 'approved' || state === 'scheduled')) world.wrong(`I10 the time of ${short(change)} came, and it is ${state}`);
}

/** While the app is removed nothing begins or ends by itself; what was under way then is taken up by people alone. */
function checkRemoved({ world, db, told }: Case, change: ChangeRec, own: readonly Told[]): void {
  for (const event of own) {
    const begun = db.begunAt.get(event.id)!;
    const by = event.type === 'price_change.started' || event.type === 'price_change.end_started';
    if (by && event.actor === TIMER && db.left.some(({ from, to }) => begun > from && begun < to)) world.wrong(`I7 ${event.type} of ${short(change)} while the app was removed`);
  }
  for (const removal of told) {
    if (removal.type !== 'shop.uninstalled') continue;
    world.count('removals seen by a change');
    const before = own.filter((event) => event.seq < removal.seq);
    const { state } = fold(before);
    const known = before.filter((event) => db.committedAt.get(event.id)! < db.begunAt.get(removal.id)!).at(-1);
    // Told of late, it may have been begun again since.
    if (known !== undefined && known === before.at(-1) && (state === 'applying' || state === 'scheduled')) world.wrong(`I7 ${short(change)} was still ${state} after the app was removed`);
    const ended = own.find((event) => event.type === 'price_change.end_started' && event.seq > removal.seq);
    if (change.endAt !== null && ['paused', 'applied', 'partially_applied'].includes(state) && ended?.actor === TIMER) world.wrong(`I7 ${short(change)} ended by itself after the app had been removed`);
  }
}

/** Of a change with a first part nothing else is written until that was read again, and found well or seen by a person. */
function checkFirstPart({ world, shop, db }: Case, change: ChangeRec, own: readonly Told[]): void {
  const started = own.find((event) => event.type === 'price_change.started');
  if (!started || started.payload.canaryPercent == null) return;
  world.count('first parts');
  const rows = Number(started.payload.queuedRows);
  const ofProduct = new Map<bigint, number>();
  for (const item of db.items.rows.values()) if (item.changeId === change.id && item.outcome === 'planned') ofProduct.set(item.productRef, (ofProduct.get(item.productRef) ?? 0) + 1);
  const planned = [...ofProduct.values()].reduce((sum, count) => sum + count, 0);
  // Products are not torn apart.
  if (rows >= Math.max(1, Math.ceil((planned * Number(started.payload.canaryPercent)) / 100)) + Math.max(...ofProduct.values())) world.wrong(`I7 ${short(change)} began with ${rows} of ${planned} rows as its first part`);
  const verified = own.find((event) => event.type === 'price_change.canary_verified');
  const goesOn = verified?.payload.goesOn === true;
  const released = !verified ? undefined : goesOn ? verified : own.find((event) => event.type === 'price_change.resumed' && event.seq > verified.seq);
  const early = new Set(shop.sent.filter((row) => row.changeId === change.id && row.sentAt < (released?.at ?? Number.POSITIVE_INFINITY)).map((row) => row.ref));
  if (early.size > rows) world.wrong(`I7 ${short(change)} wrote ${early.size} rows before its first part of ${rows} was verified`);
  if (!verified) return;
  world.count('first parts verified');
  const before = own.filter((event) => event.seq < verified.seq);
  const counts = fold(before);
  const bad = counts.failed > 0 || (counts.conflict + counts.kept) * 10 > rows;
  const left = Number(verified.payload.queuedRows) > 0;
  if (goesOn && left && (bad || (verified.payload.canary as { continue: string }).continue !== 'auto')) world.wrong(`I7 ${short(change)} went on by itself after a first part with ${counts.failed} failed and ${counts.conflict + counts.kept} conflicts`);
  // What was edited when all had ended, and stayed so, was there to be read.
  const all = before.filter((event) => event.type.startsWith('price.')).at(-1)?.at ?? 0;
  for (const row of new Map(before.flatMap((event) => event.rows.map((one) => [one.itemId, one] as const))).values()) {
    const item = db.items.rows.get(row.itemId);
    if (!item || (row.state !== 'applied' && row.state !== 'settled') || row.live === null || row.verdict?.startsWith('beneath_campaign')) continue;
    const log = shop.log.filter((one) => one.ref === item.variantRef);
    const shown = log.findLast((one) => one.at < all);
    if (!shown || shown.actor === 'app' || same(shown.after, row.live) || shop.deleted.has(item.variantRef) || log.some((one) => one.at >= all && one.at <= verified.at)) continue;
    world.wrong(`I7 v${item.variantRef} showed ${show(shown.after)} when the first part of ${short(change)} was verified, and still counted as written`);
  }
}

const ENDINGS = ['applied', 'settled', 'conflict', 'failed', 'kept', 'cancelled'] as const;

/** What a change says of itself when it is done is what its events add up to. */
function checkCompleted({ world, db }: Case, change: ChangeRec, own: readonly Told[]): void {
  for (const event of own) {
    if (event.type !== 'price_change.completed') continue;
    // An edit under a campaign may have been noticed while the rows were being counted.
    const meanwhile = (one: Told): boolean => one.rows.some((row) => row.fromState) && db.committedAt.get(one.id)! >= db.begunAt.get(event.id)!;
    const before = own.filter((one) => one.seq <= event.seq);
    const [folded, counted] = [fold(before), fold(before.filter((one) => !meanwhile(one)))];
    const told = event.payload.counts as Record<(typeof ENDINGS)[number], number>;
    if (ENDINGS.some((name) => told[name] !== folded[name]) && ENDINGS.some((name) => told[name] !== counted[name])) world.wrong(`I14 ${short(change)} ended with ${JSON.stringify(told)}, and its events say ${JSON.stringify(folded)}`);
    const planned = [...db.items.rows.values()].filter((item) => item.changeId === change.id && item.outcome === 'planned').length;
    const done = told.applied + told.settled;
    const is = done === planned ? 'applied' : done === 0 ? 'failed' : 'partially_applied';
    if (event.payload.state !== 'ended' && event.payload.state !== is && planned > 0) world.wrong(`I14 ${short(change)} ended as ${String(event.payload.state)} with ${done} of ${planned} rows written`);
  }
}

/** The sums that people decide by, added up again. */
function checkSummary({ world, db }: Case, change: ChangeRec): void {
  if (change.planHash === null) return;
  const items = [...db.items.rows.values()].filter((item) => item.changeId === change.id);
  const summary = change.summary as { increases: number; decreases: number; compareAtOnly: number; averageChangePercent: string | null; byReason: Record<string, number> };
  const planned = items.filter((item): item is ItemRec & { afterPrice: bigint } => item.outcome === 'planned' && item.afterPrice !== null);
  const [ups, downs] = [planned.filter((item) => item.afterPrice > item.beforePrice).length, planned.filter((item) => item.afterPrice < item.beforePrice).length];
  const percent = planned.reduce((sum, item) => sum + (Number(item.afterPrice - item.beforePrice) / Number(item.beforePrice)) * 100, 0) / planned.length;
  const average = summary.averageChangePercent === null ? planned.length > 0 : Math.abs(Number(summary.averageChangePercent) - percent) > 0.006;
  const reasons = Object.values(summary.byReason).reduce((sum, count) => sum + count, 0);
  if (summary.increases !== ups || summary.decreases !== downs || summary.compareAtOnly !== planned.length - ups - downs || average || reasons !== items.filter((item) => item.outcome === 'blocked').length) {
    const { increases, decreases, compareAtOnly, averageChangePercent } = summary;
    world.wrong(`I14 the summary of ${short(change)} is ${JSON.stringify({ increases, decreases, compareAtOnly, averageChangePercent, reasons })}, and its rows say ${ups} up, ${downs} down, ${percent.toFixed(2)} %`);
  }
}

const known = ({ db }: Case, ref: bigint): (Price & { readonly active: boolean }) | undefined => [...db.variants.rows.values()].find((variant) => variant.ref === ref);

/** Of a product whose last webhook came we know what the shop shows, whatever came late, twice or in another order. */
function checkCatalog(seen: Case): void {
  const { world, db, shop, lastWebhook } = seen;
  if (shop.wasShut) return;
  for (const variant of db.variants.rows.values()) {
    const webhook = lastWebhook.get(variant.productRef);
    if (webhook == null || db.inbox.rows.get(webhook)?.state === 'received') continue;
    world.count('variants known from webhooks');
    const live = shop.priceOf(variant.ref);
    const mine = known(seen, variant.ref)!;
    if (live === null ? mine.active : !mine.active || !same(mine, live)) world.wrong(`I12 the shop shows ${show(live)} of v${variant.ref}, and the catalog ${mine.active ? show(mine) : 'nothing'}`);
  }
}

/** A price that somebody set while a campaign shows its own is a conflict for a person to see. */
function checkEdited(seen: Case): void {
  const { world, db, shop, lastWebhook } = seen;
  for (const variant of db.variants.rows.values()) {
    const live = shop.priceOf(variant.ref);
    const last = shop.log.findLast((one) => one.ref === variant.ref);
    const layer = [...db.layers.rows.values()].find((one) => one.variantId === variant.id && one.changeId === variant.layerId);
    if (!live || !layer || layer.state !== 'running' || !last || last.actor === 'app' || lastWebhook.get(variant.productRef) == null) continue;
    world.count('variants edited under a campaign');
    const item = db.items.rows.get(layer.itemId)!;
    // One that failed is looked at anyway.
    if (!same(live, layer) && item.state !== 'conflict' && item.state !== 'failed') world.wrong(`RULES somebody set v${variant.ref} to ${show(live)} under a campaign that shows ${show(layer)}, and its row is ${item.state}`);
  }
}
