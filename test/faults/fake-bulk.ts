import type { BulkLine, BulkStatus, BulkWrites, LineVerdict } from '../../app/ports/bulk-write.ts';
import { ResultUnreadable } from '../../app/ports/bulk-write.ts';
import type { ChannelFailure, ChannelResult, ChannelShop, RowVerdict } from '../../app/ports/price-channel.ts';
import type { FakeShop, SentRow } from './fake-shop.ts';
import { LATEST_LANDING_MS } from './fake-shop.ts';
import type { Proc, World } from './world.ts';

/** What a line of the result says. */
interface Line { readonly line: number; readonly verdict: LineVerdict }
interface Operation {
  readonly ref: string;
  readonly name: string;
  readonly madeAt: number;
  readonly lines: readonly BulkLine[];
  readonly sent: ReadonlyMap<bigint, SentRow>;
  state: 'running' | 'ended';
  how: 'completed' | 'cancelled' | 'failed' | 'expired';
  /** Lines that it worked on, whatever the result tells of them. */
  ran: number;
  readonly result: Line[];
  stopAsked: boolean;
  /** Somebody has asked for it to stop, whatever became of that. */
  stopTried: boolean;
  /** By whom it was looked at last, and how its change was held up then. */
  looked: string;
  /** Its result breaks off so often; the shop forgets it. */
  unreadable: number;
  forgotten: boolean;
  endedAt: number;
}

/** Operations at once of an app and a shop. */
const AT_ONCE = 5;
const START_TIMEOUT_MS = 20_000;
const START_FAULTS = { throttled: 3, 'http 503': 3, 'start lost': 3, 'start answered never': 5, 'start lands late': 6 } as const;
const RUN_FAULTS = { 'fails at a line': 4, 'expires': 1, 'cancelled by the shop': 2, 'lines missing': 4, 'line with an error': 4, 'partial userErrors': 3, 'result unreadable': 3, 'result unreadable for ever': 1, 'forgotten': 1, 'very slow': 2 } as const;

/** Bulk operations of the fake shop. An operation runs line by line whatever becomes of who started it. */
export class FakeBulk {
  readonly operations: Operation[] = [];
  readonly #world: World;
  readonly #shop: FakeShop;
  readonly #uploads = new Map<string, readonly BulkLine[]>();
  /** How the change of an operation was held up when its lines had been uploaded. */
  readonly #heldUp = new Map<string, string | null>();

  constructor(world: World, shop: FakeShop) {
    this.#world = world;
    this.#shop = shop;
  }

  get running(): number {
    return this.operations.filter((operation) => operation.state === 'running').length;
  }

  /** The bulk way of one run of one change. */
  writes(proc: Proc, changeId: string, run: string): BulkWrites {
    const world = this.#world;
    const during = <T>(what: string, work: () => Promise<T>): Promise<T> => world.during(proc, what, work());
    /** A request and what may become of it besides an answer. */
    const asked = async (shop: ChannelShop, probability: number): Promise<ChannelFailure | null> => {
      this.#shop.mine(shop);
      await world.sleep(proc, world.chance.between(10, 900));
      return this.#shop.trouble(probability);
    };
    return {
      maxAtOnce: AT_ONCE, startTimeoutMs: START_TIMEOUT_MS,
      budget: async () => ({ available: 1_000, restoreRate: 100, latencyMs: 300, readPoints: () => 5, writePoints: () => 10 }),
      upload: (shop, name, lines) => during('uploading an operation', async (): Promise<ChannelResult<{ readonly path: string }>> => {
        const failure = await asked(shop, 0.05);
        if (failure) return { ok: false, failure };
        const path = `tmp/${name}/${this.#uploads.size}`;
        this.#uploads.set(path, lines);
        await world.sleep(proc, world.chance.between(10, 2_000));
        this.#heldUp.set(path, this.#shop.heldUp(changeId));
        return { ok: true, requestId: null, value: { path } };
      }),
      start: (shop, name, path, deadline) => during('starting an operation', async (): Promise<ChannelResult<{ readonly operationRef: string }>> => {
        this.#shop.mine(shop);
        if (world.chance.happens(0.3)) await world.sleep(proc, world.chance.between(10, 6_000));
        if (world.ambush) await world.reach(proc, 'before an operation is started');
        const held = this.#heldUp.get(path);
        if (held != null && held === this.#shop.heldUp(changeId)) world.wrong(`I7 an operation of change ${changeId.slice(0, 8)} was started while it was ${held}`);
        if (proc.clock.now() > deadline) return { ok: false, failure: { kind: 'throttled', detail: 'no turn before the deadline', retryAfterMs: 500 } };
        if (this.#shop.storm || this.#shop.revoked !== null) {
          await world.sleep(proc, 200);
          return { ok: false, failure: this.#shop.trouble(0)! };
        }
        if (this.running >= AT_ONCE) return { ok: false, failure: { kind: 'throttled', detail: 'LIMIT_REACHED', retryAfterMs: 1_000 } };
        const fault = world.faultsOn && world.chance.happens(0.45) ? world.chance.weighed(START_FAULTS) : null;
        if (fault) world.count(`fault bulk ${fault}`);
        const sentAt = world.now;
        const lines = this.#uploads.get(path)!;
        const reads = new Map(lines.flatMap((line) => line.rows.map(({ variantRef }) => [variantRef, this.#shop.reads.get(`${run}|${variantRef}`) ?? null] as const)));
        const begin = (): Operation => this.#begin(name, lines, { changeId, run, sentAt, reads });
        const unknown: ChannelFailure = { kind: 'unknown', detail: fault ?? '' };
        if (fault === 'throttled') return world.sleep(proc, 100).then(() => ({ ok: false, failure: { kind: 'throttled', detail: 'THROTTLED', retryAfterMs: 800 } }));
        if (fault === 'http 503') return world.sleep(proc, 100).then(() => ({ ok: false, failure: { kind: 'unavailable', detail: fault } }));
        if (fault === 'start lands late') world.after(world.chance.between(START_TIMEOUT_MS, LATEST_LANDING_MS - 1), () => void begin());
        else if (fault === 'start answered never') world.after(world.chance.between(10, START_TIMEOUT_MS), () => void begin());
        if (fault) return world.sleep(proc, world.chance.happens(0.5) ? START_TIMEOUT_MS : 500).then(() => ({ ok: false, failure: unknown }));
        // It is on its way: it begins whatever becomes of its sender.
        const takes = world.chance.between(20, 800);
        let ref = '';
        world.after(takes, () => { ref = begin().ref; });
        if (world.ambush) await world.reach(proc, 'after an operation was started');
        await world.sleep(proc, takes + world.chance.between(5, 500));
        return { ok: true, requestId: `b${world.events}`, value: { operationRef: ref } };
      }),
      find: (shop, name, since) => during('looking for an operation', async (): Promise<ChannelResult<string | null>> => {
        const failure = await asked(shop, 0.08);
        if (failure) return { ok: false, failure };
        const found = this.operations.findLast((operation) => operation.name === name && operation.madeAt >= since.getTime() - 1_000);
        await world.sleep(proc, world.chance.between(5, 200));
        return { ok: true, requestId: null, value: found?.ref ?? null };
      }),
      status: (shop, ref) => during('asking for the state of an operation', async (): Promise<ChannelResult<BulkStatus | null>> => {
        const failure = await asked(shop, 0.08);
        if (failure) return { ok: false, failure };
        const operation = this.operations.find((one) => one.ref === ref)!;
        this.#mustStop(operation, changeId, run);
        const value = this.#statusOf(operation);
        if (value === null) this.#missed(changeId, operation);
        await world.sleep(proc, world.chance.between(5, 200));
        return { ok: true, requestId: null, value };
      }),
      cancel: (shop, ref) => during('cancelling an operation', async (): Promise<ChannelResult<null>> => {
        this.operations.find((one) => one.ref === ref)!.stopTried = true;
        const failure = await asked(shop, 0.08);
        if (failure) return { ok: false, failure };
        this.operations.find((one) => one.ref === ref)!.stopAsked = true;
        world.count('bulk operations cancelled');
        if (world.fault('bulk cancel not answered', 0.1)) return { ok: false, failure: { kind: 'unknown', detail: 'no answer' } };
        return { ok: true, requestId: null, value: null };
      }),
      result: (shop, url, lines) => this.#read(proc, shop, this.operations.find((one) => `result/${one.ref}` === url)!, lines, changeId),
    };
  }

  /** Who looks at an operation twice while the same pause or stop holds has seen it, and asks for its end. */
  #mustStop(operation: Operation, changeId: string, run: string): void {
    if (operation.state !== 'running') return;
    const held = this.#shop.heldUp(changeId);
    const looked = held === null ? '' : `${run} ${held}`;
    if (looked !== '' && looked === operation.looked && !operation.stopTried) this.#world.wrong(`I7 operation ${operation.ref} of change ${changeId.slice(0, 8)} went on while it was ${held}`);
    operation.looked = looked;
  }

  #statusOf(operation: Operation): BulkStatus | null {
    if (operation.state === 'running') return { state: 'running', lines: operation.ran };
    if (operation.forgotten) return null;
    const { how, result, ran } = operation;
    return { state: 'ended', how, detail: how === 'completed' ? null : how, url: result.length > 0 ? `result/${operation.ref}` : null, lines: how === 'failed' || how === 'expired' ? null : ran, ranMs: operation.endedAt - operation.madeAt };
  }

  /** Every row of it may count an attempt: it did not end as it should. */
  #missed(changeId: string, operation: Operation): void {
    this.#shop.missed(changeId, operation.lines.flatMap((line) => line.rows.map((row) => row.variantRef)), { kind: 'unknown', detail: 'bulk' });
  }

  async *#read(proc: Proc, shop: ChannelShop, operation: Operation, lines: readonly BulkLine[], changeId: string): AsyncGenerator<LineVerdict> {
    const world = this.#world;
    this.#shop.mine(shop);
    // Of an operation that another has ended meanwhile nothing is kept.
    if (lines.length !== 0 && (lines.length !== operation.lines.length || lines.some((line, at) => line.productRef !== operation.lines[at]!.productRef))) world.wrong(`I1 the lines of operation ${operation.name.slice(0, 8)} are not those that were sent`);
    await world.sleep(proc, world.chance.between(20, 1_500));
    let breaksAt = operation.unreadable-- > 0 ? world.chance.between(0, operation.result.length) : -1;
    if (breaksAt < 0 && world.fault('bulk result breaks off', 0.05)) breaksAt = world.chance.between(0, operation.result.length);
    if (breaksAt >= 0) this.#missed(changeId, operation);
    for (const { verdict } of operation.result) {
      if (breaksAt-- === 0) throw new ResultUnreadable('The connection broke off');
      if (world.chance.happens(0.3)) await world.during(proc, 'reading a result', world.sleep(proc, world.chance.between(1, 300)));
      if (world.ambush) await world.reach(proc, 'in the middle of a result');
      yield verdict;
    }
    if (breaksAt === 0) throw new ResultUnreadable('The connection broke off');
  }

  /** The request has arrived: the operation runs. */
  #begin(name: string, lines: readonly BulkLine[], { changeId, run, sentAt, reads }: { changeId: string; run: string; sentAt: number; reads: ReadonlyMap<bigint, SentRow['read']> }): Operation {
    const world = this.#world;
    const { chance } = world;
    const fault = world.faultsOn && chance.happens(0.5) ? chance.weighed(RUN_FAULTS) : null;
    if (fault) world.count(`fault bulk ${fault}`);
    world.count('bulk operations');
    const sent = new Map(lines.flatMap((line) => line.rows.map((row) => [row.variantRef, this.#shop.note(changeId, run, row, { sentAt, read: reads.get(row.variantRef) ?? null, outcome: fault ?? 'bulk' })] as const)));
    const operation: Operation = {
      ref: `gid/${this.operations.length + 1}`, name, madeAt: world.now, lines, sent, state: 'running', how: 'completed', ran: 0, result: [], stopAsked: false, stopTried: false, looked: '',
      unreadable: fault === 'result unreadable' ? chance.between(1, 3) : fault === 'result unreadable for ever' ? 1_000 : 0, forgotten: fault === 'forgotten', endedAt: 0,
    };
    this.operations.push(operation);
    world.say('shop', () => `operation ${operation.ref} (${name.slice(0, 8)}) begins: ${[...sent.keys()].map((ref) => `v${ref}`).join(' ')}${fault ? ` [${fault}]` : ''}`);
    for (const row of sent.values()) row.inFlight = true;
    const pace = fault === 'very slow' ? [5_000, 60_000] as const : [20, 900] as const;
    const last = fault === 'fails at a line' || fault === 'expires' || fault === 'cancelled by the shop' ? chance.between(0, lines.length - 1) : lines.length;
    const step = (at: number): void => {
      if (operation.stopAsked || at >= last) return this.#end(operation, changeId, operation.stopAsked || fault === 'cancelled by the shop' ? 'cancelled' : fault === 'fails at a line' ? 'failed' : fault === 'expires' ? 'expired' : 'completed', fault);
      this.#line(operation, at, changeId, fault);
      operation.ran++;
      world.after(chance.between(pace[0], pace[1]), () => step(at + 1));
    };
    world.after(chance.between(100, 3_000), () => step(0));
    return operation;
  }

  #line(operation: Operation, at: number, changeId: string, fault: string | null): void {
    const { chance } = this.#world;
    const { rows } = operation.lines[at]!;
    if (fault === 'line with an error' && chance.happens(0.5)) {
      const runs = chance.happens(0.5);
      for (const row of rows) this.#shop.arrive(operation.sent.get(row.variantRef)!, runs);
      operation.result.push({ line: at, verdict: { line: at, ok: false, failure: { kind: 'unknown', detail: 'INTERNAL_SERVER_ERROR' } } });
      this.#shop.missed(changeId, rows.map((row) => row.variantRef), { kind: 'unknown', detail: 'line' });
      return;
    }
    const verdicts = new Map<bigint, RowVerdict>();
    for (const { variantRef } of rows) {
      const row = operation.sent.get(variantRef)!;
      if (fault === 'partial userErrors' && chance.happens(0.4)) {
        this.#shop.arrive(row, false);
        verdicts.set(variantRef, this.#shop.refuse(changeId, variantRef, 'INVALID', 'Price is not valid'));
      } else if (this.#shop.arrive(row, true)) verdicts.set(variantRef, { kind: 'written', live: this.#shop.live(variantRef)! });
      else verdicts.set(variantRef, this.#shop.refuse(changeId, variantRef, 'PRODUCT_VARIANT_DOES_NOT_EXIST', 'This variant does not exist'));
    }
    if (fault === 'lines missing' && chance.happens(0.5)) return void this.#shop.missed(changeId, rows.map((row) => row.variantRef), { kind: 'unknown', detail: 'missing' });
    // In no order.
    operation.result.splice(chance.between(0, operation.result.length), 0, { line: at, verdict: { line: at, ok: true, verdicts } });
  }

  #end(operation: Operation, changeId: string, how: Operation['how'], fault: string | null): void {
    for (const row of operation.sent.values()) row.inFlight = false;
    Object.assign(operation, { state: 'ended', how, endedAt: this.#world.now });
    if (how !== 'completed' || fault === 'lines missing') this.#missed(changeId, operation);
    this.#world.count(`bulk operations ${how}`);
    this.#world.say('shop', () => `operation ${operation.ref} ends: ${how}, ${operation.result.length} of ${operation.lines.length} lines told`);
  }
}
