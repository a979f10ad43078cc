import { canonicalJson, sealHeader, sealRow } from '../../app/domain/pricing/plan-seal.ts';
import type { FakeShop, SentRow } from './fake-shop.ts';
import { same, show } from './fake-shop.ts';
import { fold, pointFrom, policyAt, toldOf } from './log-facts.ts';
import type { Told } from './log-facts.ts';
import type { ChangeRec, ItemRec, MemoryDb } from './memory-db.ts';
import { chainHash } from './memory-journal.ts';
import { ATTEMPTS_MAX, quickDigest } from './our-processes.ts';
import { checkOutcomes } from './outcomes.ts';
import { checkShown } from './shown-prices.ts';
import type { Webhooks } from './webhooks.ts';
import type { World } from './world.ts';

/** Everything that the judges need of one shop and its tenant. */
export interface Case {
  readonly world: World;
  readonly db: MemoryDb;
  readonly shop: FakeShop;
  readonly told: readonly Told[];
  readonly itemOf: (changeId: string, ref: bigint) => ItemRec | undefined;
  readonly settled: boolean;
  /** The webhook that told last of a product; null where the last word of it was never sent. */
  readonly lastWebhook: ReadonlyMap<bigint, string | null>;
}

/** Holds the shop's own write log and the event log to the invariants of RELIABILITY.md. */
export function checkInvariants(world: World, db: MemoryDb, shop: FakeShop, { answered, lastWebhook }: Pick<Webhooks, 'answered' | 'lastWebhook'>, settled: boolean): void {
  const byRow = new Map<string, ItemRec>();
  for (const item of db.items.rows.values()) byRow.set(`${item.changeId}|${item.variantRef}`, item);
  const seen: Case = { world, db, shop, told: toldOf(db), itemOf: (changeId, ref) => byRow.get(`${changeId}|${ref}`), settled, lastWebhook };
  for (const sent of shop.sent) checkSent(seen, sent);
  checkEndings(seen);
  checkLog(seen);
  checkInbox(seen, answered);
  checkSums(seen);
  checkOutcomes(seen);
  if (settled) checkShown(seen);
  else world.wrong(`I10 not settled within ten minutes: ${unsettled(db)}`);
  for (const item of db.items.rows.values()) world.count(`ending ${item.state}`);
}

function unsettled(db: MemoryDb): string {
  const changes = [...db.changes.rows.values()].filter((change) => ['applying', 'ending', 'paused'].includes(change.state) || change.activity !== null).map((change) => `${change.name} ${change.kind} ${change.state} ${change.activity ?? ''} ${change.failure ?? ''}`);
  const items = [...db.items.rows.values()].filter((item) => item.state === 'queued' || item.state === 'writing').map((item) => `v${item.variantRef} ${item.state} of ${item.changeId.slice(0, 8)} run at ${item.runAt?.toISOString()}`);
  const outbox = [...db.outbox.rows.values()].filter((row) => row.state === 'ready' || row.state === 'leased').map((row) => `${row.topic} ${row.state} ${row.attempts}`);
  return [...changes, ...items, ...outbox].join('; ');
}

const name = (sent: SentRow): string => `v${sent.ref} → ${show(sent.target)} by change ${sent.changeId.slice(0, 8)} run ${sent.run}`;

/** What is to be said of one row of one write request. */
function checkSent(seen: Case, sent: SentRow): void {
  const { world, db, shop, told } = seen;
  const change = db.changes.rows.get(sent.changeId);
  const item = seen.itemOf(sent.changeId, sent.ref);
  const wrong = (text: string): void => world.wrong(`${text}: ${name(sent)}`);
  if (!change || !item) return wrong('I7 a write that is in no plan');
  checkApproval(seen, sent, change, item, wrong);
  checkStopped(seen, sent, wrong);
  if (sent.read === null) return wrong('I3 a write without a read before it');
  if (sent.read.saw === null) return wrong('I3 a write to a variant that was gone');
  const { read } = sent;
  const saw = sent.read.saw;
  const earlier = shop.sent.filter((other) => other.ref === sent.ref && other.id < sent.id);
  const overlapping = earlier.find((other) => other.landedAt !== null && other.landedAt > read.at);
  if (overlapping) wrong(`I2 two writes of ours under way at once: ${name(overlapping)} landed after the read`);
  if (!explained(seen, sent, saw, item)) wrong(`${change.kind === 'rollback' && change.parentId === null ? 'I4' : 'I3'} written over ${show(saw)}, which neither the plan nor we nor a decision explains`);
  const write = shop.log.find((one) => one.sent === sent);
  if (!write) return;
  const merchantBetween = (from: number, to: number): boolean => shop.log.some((one) => one.ref === sent.ref && one.actor !== 'app' && one.at >= from && one.at <= to);
  if (!same(write.before, saw) && !same(write.before, sent.target)) {
    if (merchantBetween(read.at, write.at)) world.count('edits inside the read-write window');
    else wrong(`I3 landed on ${show(write.before)}, read was ${show(saw)}`);
  }
  const moved = shop.log.filter((one) => one.sent?.changeId === sent.changeId && one.ref === sent.ref && !same(one.before, one.after) && one.at < write.at);
  const last = moved.at(-1);
  if (last && !same(write.before, write.after) && !merchantBetween(last.at, write.at) && !told.some((event) => event.type === 'price.conflict_resolved' && event.payload.itemId === item.id && event.at >= last.at && event.at <= write.at)) {
    wrong('I2 the same row changed the price twice');
  }
  checkOrder(seen, sent, item, wrong);
  if (change.kind === 'rollback') checkRollback(seen, sent, change, item, wrong);
}

const approvals = ['price_change.approved', 'price_change.approval_voided'];

function checkApproval({ world, db, told }: Case, sent: SentRow, change: ChangeRec, item: ItemRec, wrong: (text: string) => void): void {
  const last = told.filter((event) => event.changeId === change.id && approvals.includes(event.type) && event.at <= sent.sentAt).at(-1);
  if (last?.type !== 'price_change.approved') return wrong('I7 written without an approval');
  if (!String(last.payload.approvedBy).startsWith('user:')) wrong(`I7 approved by ${String(last.payload.approvedBy)}`);
  if (last.payload.planHash !== hashOf(db, change)) wrong('I7 the rows are not those of the approved hash');
  const automatic = change.parentId !== null && change.parentId === change.rollbackOf;
  if (!automatic && (item.afterPrice !== sent.target.price || item.afterCompareAt !== sent.target.compareAt)) wrong(`I7 written is not what the plan says (${item.afterPrice}/${item.afterCompareAt})`);
  const decrease = policyAt(db, last)?.document.guardrails.maxDecreasePercent;
  if (change.kind === 'change' && decrease) {
    const base = item.baselinePrice ?? item.beforePrice;
    if (sent.target.price * 100n < base * (100n - BigInt(decrease.value))) wrong(`I8 below the guardrail of ${decrease.value} % from ${base}`);
    world.count('writes inside guardrails');
  }
}

const hashes = new WeakMap<MemoryDb, Map<string, string>>();
function hashOf(db: MemoryDb, change: ChangeRec): string {
  let known = hashes.get(db);
  if (!known) hashes.set(db, known = new Map());
  const found = known.get(change.id);
  if (found !== undefined) return found;
  const digest = quickDigest();
  const { kind, currencyCode, ruleId, ruleVersion, ruleJson, policyVersion, rollbackOf } = change;
  digest.update(sealHeader({ changeId: change.id, kind, currencyCode, ruleId, ruleVersion, ruleJson, policyVersion, rollbackOf }));
  for (const item of [...db.items.rows.values()].filter((one) => one.changeId === change.id).sort((a, b) => a.position - b.position)) digest.update(sealRow(item));
  const hash = digest.hex();
  known.set(change.id, hash);
  return hash;
}

/** What was intended before a stop still goes out; by calls that is over very soon. */
const INTENDED_MS = 12_000;

/** Nothing that was read after a stop is written before it is lifted. */
function checkStopped({ db, told }: Case, sent: SentRow, wrong: (text: string) => void): void {
  if (sent.read === null) return;
  const readAt = sent.read.at;
  const between = (stop: Told, ...lifts: string[]): boolean => {
    const committed = db.committedAt.get(stop.id)!;
    const lifted = told.find((event) => lifts.includes(event.type) && event.changeId === stop.changeId && event.seq > stop.seq);
    return sent.sentAt > committed && (readAt > committed || (sent.way === 'calls' && sent.sentAt > committed + INTENDED_MS)) && (!lifted || sent.sentAt < lifted.at);
  };
  for (const event of told) {
    if (event.type === 'shop.writes_stopped' && between(event, 'shop.writes_resumed')) wrong('I7 written while all writes were stopped');
    if (event.changeId === sent.changeId && event.type === 'price_change.paused' && between(event, 'price_change.resumed', 'price_change.reopened')) wrong('I7 written while its change was paused');
    if (event.changeId === sent.changeId && event.type === 'price_change.cancelled' && between(event, 'price_change.reopened')) wrong('I7 written after its change was cancelled');
  }
}

/** What the row brought that is taken back: somebody may have set that very price before us. */
function sourcePoints(db: MemoryDb, { sourceItemId }: ItemRec): { price: bigint; compareAt: bigint | null }[] {
  const source = sourceItemId === null ? undefined : db.items.rows.get(sourceItemId);
  return source?.afterPrice == null ? [] : [{ price: source.afterPrice, compareAt: source.afterCompareAt }];
}

/** Whether the price that was read is one that we may write over. */
function explained({ shop, told, db }: Case, sent: SentRow, saw: { price: bigint; compareAt: bigint | null }, item: ItemRec): boolean {
  const by = shop.log.filter((one) => one.ref === sent.ref && one.at <= sent.read!.at).at(-1);
  if (!by || by.actor === 'app') return true;
  const change = db.changes.rows.get(sent.changeId)!;
  // A rollback only takes back what is still ours: what it found when it was planned explains nothing.
  const points = change.kind === 'rollback' && change.parentId === null ? [shop.initial.get(sent.ref)!, ...sourcePoints(db, item)] : [{ price: item.beforePrice, compareAt: item.beforeCompareAt }, shop.initial.get(sent.ref)!, ...(item.baselinePrice === null ? [] : [{ price: item.baselinePrice, compareAt: item.baselineCompareAt }])];
  if (points.some((point) => same(point, saw))) return true;
  if (shop.log.some((one) => one.ref === sent.ref && one.actor === 'app' && one.at < by.at && same(one.after, saw))) return true;
  return told.some((event) => event.at <= sent.sentAt && (
    (event.type === 'price.applied' && event.rows.some((row) => row.variantId === item.variantId && same(row.after, saw)))
    || (event.type === 'price.conflict_resolved' && event.payload.variantId === item.variantId && same(pointFrom(event.payload.live as never), saw))
    || (db.changes.rows.get(event.changeId)?.kind === 'rollback' && event.rows.some((row) => row.variantId === item.variantId && row.live !== null && row.state === 'settled' && same(row.live, saw)))));
}

const STRICT = ['price_change.started', 'price_change.reopened'];
const LOOSE = [...STRICT, 'price_change.resumed', 'price_change.canary_verified'];

function checkOrder({ told, shop }: Case, sent: SentRow, item: ItemRec, wrong: (text: string) => void): void {
  const turn = (changeId: string, at: number, types: readonly string[], itemId?: string): bigint => told.reduce((latest, event) =>
    (event.changeId === changeId && event.at <= at && (types.includes(event.type) || (event.type === 'price.conflict_resolved' && event.payload.itemId === itemId)) ? event.seq : latest), 0n);
  const own = turn(sent.changeId, sent.sentAt, LOOSE, item.id);
  for (const { sent: other } of shop.log) {
    if (!other || other.ref !== sent.ref || other.changeId === sent.changeId || other.landedAt! >= sent.landedAt!) continue;
    if (turn(other.changeId, other.sentAt, STRICT) > own) return wrong(`I5 after ${name(other)}, whose change was started later`);
  }
}

function checkRollback({ db, shop, told }: Case, sent: SentRow, change: ChangeRec, item: ItemRec, wrong: (text: string) => void): void {
  const source = item.sourceItemId === null ? undefined : db.items.rows.get(item.sourceItemId);
  if (!source) return wrong('I4 a rollback of no row');
  const applied = told.some((event) => event.type === 'price.applied' && event.at <= sent.sentAt && event.rows.some((row) => row.itemId === source.id));
  const kept = told.some((event) => event.type === 'price.conflict_resolved' && event.payload.itemId === source.id && event.at <= sent.sentAt);
  if (!applied && !kept) wrong('I4 a rollback of what was never applied');
  // Under campaigns the price that comes to light is another matter: checkShown.
  const campaigns = [...db.items.rows.values()].some((one) => one.variantId === item.variantId && db.changes.rows.get(one.changeId)!.endAt !== null);
  if (campaigns || change.parentId !== null) return;
  const replaced = shop.log.filter((one) => one.sent?.changeId === source.changeId && one.ref === sent.ref && !same(one.before, one.after)).at(-1)?.sent?.read?.saw;
  if (replaced && !same(replaced, sent.target)) wrong(`I4 back to another price than the ${show(replaced)} that was replaced`);
}

function checkEndings({ world, db, shop, told, settled, itemOf }: Case): void {
  for (const event of told) {
    for (const row of event.rows) {
      const item = db.items.rows.get(row.itemId);
      if (!item) {
        world.wrong(`I1 ${event.type} of a row that is gone`);
        continue;
      }
      const at = `v${item.variantRef} of change ${event.changeId.slice(0, 8)}`;
      const lands = shop.log.filter((one) => one.sent?.changeId === event.changeId && one.ref === item.variantRef && one.at <= event.at);
      if (event.type === 'price.applied' && row.state === 'applied' && !row.verdict?.startsWith('beneath_campaign') && !lands.some((one) => row.live && same(one.after, row.live))) world.wrong(`I1 ${at} says applied, and the shop never saw it`);
      if (event.type !== 'price.failed') continue;
      const key = `${event.changeId}|${item.variantRef}`;
      if (row.verdict?.startsWith('variant_gone')) {
        if (!shop.deleted.has(item.variantRef)) world.wrong(`I11 ${at} failed as gone, and the shop has it`);
      } else if (row.verdict?.startsWith('attempts_spent')) {
        if ((shop.unanswered.get(key) ?? 0) < ATTEMPTS_MAX) world.wrong(`I11 ${at} failed after ${shop.unanswered.get(key) ?? 0} tries without an answer`);
      } else if (!shop.refusals.has(key)) world.wrong(`I11 ${at} failed without a verdict of the shop: ${row.verdict}`);
    }
  }
  if (!settled) return;
  for (const item of db.items.rows.values()) {
    const change = db.changes.rows.get(item.changeId)!;
    const over = ['applied', 'partially_applied', 'failed', 'ended', 'cancelled'].includes(change.state);
    const at = `v${item.variantRef} of change ${change.id.slice(0, 8)}`;
    if (over && ['planned', 'queued', 'writing'].includes(item.state)) world.wrong(`I1 ${at} is ${item.state} though its change is ${change.state}`);
    if (item.state !== 'failed' && item.state !== 'cancelled') continue;
    const write = shop.log.filter((one) => one.sent?.changeId === change.id && one.ref === item.variantRef && !same(one.before, one.after)).at(-1);
    const merchantAfter = write && shop.log.some((one) => one.ref === item.variantRef && one.actor !== 'app' && one.at >= write.at);
    const reopened = told.some((event) => event.type === 'price.conflict_resolved' && event.payload.itemId === item.id);
    const gone = shop.deleted.has(item.variantRef);
    if (write && itemOf(change.id, item.variantRef) === item && !merchantAfter && !reopened && !gone) world.wrong(`I1 ${at} is ${item.state}, and yet it was written`);
  }
}

function checkLog({ world, db, told, settled }: Case): void {
  let hash = '';
  let seq = 0n;
  for (const event of db.log()) {
    seq += 1n;
    hash = chainHash(hash, event, JSON.stringify(event.payload));
    if (event.seq !== seq || event.hash !== hash) return world.wrong(`I13 the chain is broken at ${event.seq}`);
  }
  for (const change of db.changes.rows.values()) {
    const own = told.filter((event) => event.changeId === change.id);
    const folded = fold(own);
    const counts = { applied: 0, settled: 0, conflict: 0, failed: 0, kept: 0, cancelled: 0 };
    for (const item of db.items.rows.values()) if (item.changeId === change.id && item.state in counts) counts[item.state as 'applied'] += 1;
    const { state, ...sums } = folded;
    if (state !== change.state) world.wrong(`I6 the log says ${state} of change ${change.id.slice(0, 8)}, which is ${change.state}`);
    if (canonicalJson(sums) !== canonicalJson(counts)) world.wrong(`I6 the log says ${JSON.stringify(sums)} of change ${change.id.slice(0, 8)}, whose rows are ${JSON.stringify(counts)}`);
    if (settled && (db.told.rows.get(change.id)?.seqs.length ?? 0) !== own.length) world.wrong(`I6 the projection was not told of all events of change ${change.id.slice(0, 8)}`);
    endedOnce(world, own);
  }
}

/** Each row ends once, unless a person reopened it or it drifted. */
function endedOnce(world: World, own: readonly Told[]): void {
  const state = new Map<string, string>();
  for (const event of own) {
    if (event.type === 'price.conflict_resolved') state.set(String(event.payload.itemId), event.payload.state === 'kept' ? 'kept' : '');
    for (const row of event.rows) {
      const before = state.get(row.itemId) ?? '';
      if (before !== '' && row.fromState !== before) world.wrong(`I1 row ${row.itemId.slice(0, 8)} ended as ${before} and then as ${row.state}`);
      state.set(row.itemId, row.state);
    }
  }
}

function checkInbox({ world, db, settled }: Case, answered: ReadonlySet<string>): void {
  const effects = new Map<string, number>();
  for (const row of db.inbox.rows.values()) {
    if (row.state === 'done') effects.set(row.eventId, (effects.get(row.eventId) ?? 0) + 1);
    if (row.state === 'failed') world.wrong(`I12 the webhook ${row.webhookId} ended as failed`);
  }
  for (const id of answered) {
    const row = db.inbox.rows.get(id);
    if (!row || (settled && row.state === 'received')) world.wrong(`I12 the webhook ${id} was answered and ${row ? 'had no effect' : 'is lost'}`);
  }
  for (const [id, count] of effects) if (count > 1) world.wrong(`I12 the event ${id} had ${count} effects`);
}

function checkSums({ world, db, shop }: Case): void {
  for (const [ref, initial] of shop.initial) {
    const moved = shop.log.filter((one) => one.ref === ref).reduce((sum, one) => sum + one.after.price - one.before.price, 0n);
    const now = shop.priceOf(ref);
    if (now && initial.price + moved !== now.price) world.wrong(`I14 the writes of v${ref} do not add up`);
  }
  for (const change of db.changes.rows.values()) {
    if (change.planHash === null) continue;
    const items = [...db.items.rows.values()].filter((item) => item.changeId === change.id);
    const summary = change.summary as { selected: number; planned: number; unchanged: number; blocked: number };
    const of = (outcome: string): number => items.filter((item) => item.outcome === outcome).length;
    if (summary.selected !== items.length || summary.planned !== of('planned') || summary.unchanged !== of('unchanged') || summary.blocked !== of('blocked')) world.wrong(`I14 the summary of change ${change.id.slice(0, 8)} does not add up`);
  }
}
