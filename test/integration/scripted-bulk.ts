import { ResultUnreadable } from '../../app/ports/bulk-write.ts';
import type { BulkLine, BulkStatus, BulkWrites, LineVerdict, WriteBudget } from '../../app/ports/bulk-write.ts';
import type { ChannelFailure, ChannelResult, LivePrice, RowVerdict } from '../../app/ports/price-channel.ts';
import type { ScriptedShop } from './flow-shop.ts';

export interface ScriptedOperation {
  readonly ref: string;
  readonly name: string;
  readonly lines: readonly BulkLine[];
  readonly startedAt: Date;
  state: 'running' | 'completed' | 'cancelled' | 'failed';
  ran: number;
  readonly result: { line: number; verdicts: Map<bigint, RowVerdict> }[];
}

export const failed = (kind: ChannelFailure['kind'], more: Partial<ChannelFailure> = {}) => ({ ok: false as const, failure: { kind, detail: `${kind} of the test`, ...more } });

/** Bulk operations of a scripted shop: at each look an operation writes `linesALook` lines. A test puts something in the way by `on…`. */
export class ScriptedBulk implements BulkWrites {
  maxAtOnce = 5;
  startTimeoutMs = 15_000;
  linesALook = Infinity;
  /** Points are few, so that bulk operations end sooner wherever there are many products. */
  rateLimit: Omit<WriteBudget, 'readPoints' | 'writePoints'> | null = { available: 0, restoreRate: 50, latencyMs: 100 };
  readonly operations: ScriptedOperation[] = [];
  readonly uploads = new Map<string, readonly BulkLine[]>();
  mostAtOnce = 0;
  cancels = 0;
  onUpload: (() => ChannelFailure | null) | null = null;
  /** What the start answers; `begin` starts it in the shop. */
  onStart: ((begin: () => ChannelResult<{ operationRef: string }>) => ChannelResult<{ operationRef: string }> | Promise<ChannelResult<{ operationRef: string }>>) | null = null;
  onFind: (() => ChannelFailure | null) | null = null;
  onStatus: ((operation: ScriptedOperation) => ChannelResult<BulkStatus | null> | null) | null = null;
  onLine: ((line: BulkLine, live: (ref: bigint) => LivePrice | null) => Map<bigint, RowVerdict> | null) | null = null;
  /** What a result tells; throws where it breaks off. */
  onResult: ((told: LineVerdict[]) => Iterable<LineVerdict>) | null = null;
  readonly #shop: ScriptedShop;
  readonly #now: () => Date;

  constructor(shop: ScriptedShop, now: () => Date) {
    this.#shop = shop;
    this.#now = now;
  }

  async budget(): Promise<WriteBudget | null> {
    return this.rateLimit && { ...this.rateLimit, readPoints: () => 20, writePoints: (rows) => 10 + 0.2 * rows };
  }

  async upload(_shop: unknown, name: string, lines: readonly BulkLine[]): Promise<ChannelResult<{ path: string }>> {
    const failure = this.onUpload?.();
    if (failure) return { ok: false, failure };
    this.uploads.set(name, lines);
    return { ok: true, value: { path: name }, requestId: 'upload' };
  }

  async start(_shop: unknown, name: string, path: string, deadline: Date): Promise<ChannelResult<{ operationRef: string }>> {
    const begin = (): ChannelResult<{ operationRef: string }> => {
      if (this.running().length >= this.maxAtOnce) return failed('throttled', { retryAfterMs: 5_000 });
      if (this.#now() > deadline) return failed('throttled');
      const operation: ScriptedOperation = { ref: `gid://shopify/BulkOperation/${this.operations.length + 1}`, name, lines: this.uploads.get(path)!, startedAt: this.#now(), state: 'running', ran: 0, result: [] };
      this.operations.push(operation);
      this.mostAtOnce = Math.max(this.mostAtOnce, this.running().length);
      return { ok: true, value: { operationRef: operation.ref }, requestId: 'start' };
    };
    return this.onStart ? this.onStart(begin) : begin();
  }

  async find(_shop: unknown, name: string): Promise<ChannelResult<string | null>> {
    const failure = this.onFind?.();
    return failure ? { ok: false, failure } : { ok: true, value: this.operations.find((operation) => operation.name === name)?.ref ?? null, requestId: 'find' };
  }

  async status(_shop: unknown, ref: string): Promise<ChannelResult<BulkStatus | null>> {
    const operation = this.operations.find((one) => one.ref === ref);
    const scripted = operation && this.onStatus?.(operation);
    if (scripted) return scripted;
    if (!operation) return { ok: true, value: null, requestId: 'status' };
    if (operation.state === 'running') this.work(operation);
    if (operation.state === 'running') return { ok: true, value: { state: 'running', lines: operation.ran }, requestId: 'status' };
    return {
      ok: true, requestId: 'status',
      value: { state: 'ended', how: operation.state, detail: operation.state === 'completed' ? null : `ended as ${operation.state}`, url: operation.result.length > 0 ? ref : null, lines: operation.ran, ranMs: Math.max(1_000, this.#now().getTime() - operation.startedAt.getTime()) },
    };
  }

  async cancel(_shop: unknown, ref: string): Promise<ChannelResult<null>> {
    this.cancels += 1;
    const operation = this.operations.find((one) => one.ref === ref);
    if (operation?.state === 'running') operation.state = 'cancelled';
    return { ok: true, value: null, requestId: 'cancel' };
  }

  async *result(_shop: unknown, url: string): AsyncGenerator<LineVerdict> {
    const operation = this.operations.find((one) => one.ref === url);
    if (!operation) throw new ResultUnreadable('no such result');
    // In any order, as Shopify gives them.
    const told = operation.result.map(({ line, verdicts }): LineVerdict => ({ line, ok: true, verdicts })).reverse();
    for (const line of this.onResult?.(told) ?? told) {
      await Promise.resolve();
      yield line;
    }
  }

  running(): ScriptedOperation[] {
    return this.operations.filter((operation) => operation.state === 'running');
  }

  /** Writes the next lines; whoever asks for its status looks on. */
  work(operation: ScriptedOperation, lines = this.linesALook): void {
    for (let done = 0; done < lines && operation.ran < operation.lines.length; done += 1, operation.ran += 1) {
      const line = operation.lines[operation.ran]!;
      const scripted = this.onLine?.(line, (ref) => this.#shop.live(ref));
      if (scripted === null || scripted === undefined) {
        const written = line.rows.filter((row) => this.#shop.prices.has(row.variantRef));
        for (const { variantRef, price, compareAt } of written) {
          this.#shop.log.push({ variantRef, from: this.#shop.prices.get(variantRef)!.price, to: price });
          this.#shop.prices.set(variantRef, { price, compareAt });
        }
        operation.result.push({ line: operation.ran, verdicts: new Map(written.map((row): [bigint, RowVerdict] => [row.variantRef, { kind: 'written', live: this.#shop.live(row.variantRef)! }])) });
      } else operation.result.push({ line: operation.ran, verdicts: scripted });
    }
    if (operation.ran === operation.lines.length) operation.state = 'completed';
  }
}
