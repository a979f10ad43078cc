import type { Clock } from './clock.ts';
import type { CostBook } from './cost-book.ts';
import { OtherTraffic } from './other-traffic.ts';

/** `extensions.cost` of an answer. Points; `restoreRate` is points a second. */
export interface CostReport {
  readonly requested: number;
  /** null where the request was throttled. */
  readonly actual: number | null;
  readonly maximumAvailable: number;
  readonly currentlyAvailable: number;
  readonly restoreRate: number;
}

/**
 * How a request ended, as far as the bucket is concerned.
 * answered: it ran · throttled: the bucket said no · rejected: it never reached the bucket · lost: nobody knows
 */
export type Ending = 'answered' | 'throttled' | 'rejected' | 'lost';

export interface Permit {
  readonly granted: true;
  settle(ending: Ending, report: CostReport | null): void;
}

export interface Refusal {
  readonly granted: false;
  readonly retryAfterMs: number;
}

interface Flight {
  readonly operation: string;
  readonly size: number;
  readonly reserved: number;
  /** Counts sends and endings. */
  readonly sentAt: number;
  readonly sentAtMs: number;
  readonly isProbe: boolean;
}

interface Waiter {
  readonly operation: string;
  readonly size: number;
  readonly deadline: number;
  readonly background: boolean;
  readonly resolve: (answer: Permit | Refusal) => void;
}

export interface Turn {
  /** Sent once already: goes ahead of those that were not. */
  readonly again?: boolean;
  /** Nobody waits for it: goes after everything else, and leaves half of the bucket to it. */
  readonly background?: boolean;
}

const FIRST_IN_FLIGHT = 4;
const MOST_IN_FLIGHT = 64;
/** Of requests that wait for points no more than this of them: enough that none is left unused, few enough to go out soon. */
const KEPT_WAITING_MS = 250;
/** Answers that an average is taken over. */
const USUAL_OVER = 16;
const FIRST_BACKOFF_MS = 100;
/** A refused request costs no points, and its answer says how soon there are some: waiting long would only leave them unused. */
const LONGEST_BACKOFF_MS = 250;
const LEAST_RETRY_AFTER_MS = 100;
/** Of the bucket, so that what somebody waits for can begin at once. */
const LEFT_BY_BACKGROUND = 0.5;

/**
 * Mirrors the leaky bucket that Shopify keeps for this app in one shop, and lets a request go only when the bucket will
 * take it. The mirror is never above what Shopify last reported: requests whose charge may be missing in that report
 * (in flight, or ended while the reporting one was under way) are subtracted. So in steady state nothing is throttled,
 * and other traffic on the same bucket (another process, another worker) only makes us slower: while there is any, some points are
 * left for it (OtherTraffic).
 *
 * Requests go in the order they came, those in the background after all others. How many may be under way at once grows while all goes well and halves when
 * Shopify throttles.
 */
export class Pacer {
  readonly #clock: Clock;
  readonly #costs: CostBook;
  readonly #random: () => number;
  readonly #flights = new Set<Flight>();
  readonly #queue: Waiter[] = [];
  /** Charges of requests that ended while older ones were still under way; `at` counts sends and endings. */
  #ended: { readonly at: number; readonly points: number }[] = [];
  #sequence = 0;
  #bucket: { level: number; at: number; maximum: number; restoreRate: number } | null = null;
  #limit = FIRST_IN_FLIGHT;
  #limitFellAt = 0;
  #everThrottled = false;
  /** Up to this limit it grows quickly again after THROTTLED: half of what went well before. */
  #easyUntil = 0;
  readonly #others = new OtherTraffic();
  #throttledInARow = 0;
  #pausedUntil = 0;
  #wake: { readonly at: number; readonly cancel: AbortController } | null = null;
  /** Averages over the latest answers; null before the first. */
  #usual: { cost: number; latencyMs: number } | null = null;

  constructor(options: { clock: Clock; costs: CostBook; random?: () => number }) {
    this.#clock = options.clock;
    this.#costs = options.costs;
    this.#random = options.random ?? Math.random;
  }

  /**
   * Waits until the bucket has room, at most until `deadline` (milliseconds since the epoch).
   */
  acquire(operation: string, size: number, deadline: number, { again = false, background = false }: Turn = {}): Promise<Permit | Refusal> {
    return new Promise((resolve) => {
      const waiter: Waiter = { operation, size, deadline, background, resolve };
      const others = this.#queue.findIndex((other) => other.background);
      const behind = others < 0 ? this.#queue.length : others;
      if (background) this.#queue.splice(again ? behind : this.#queue.length, 0, waiter);
      else this.#queue.splice(again ? 0 : behind, 0, waiter);
      this.#pump();
    });
  }

  /** Shopify asked for silence (429 with Retry-After). */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + ms);
    this.#shrink();
  }

  /** What is known of the bucket now, for the health page; null before the first answer. */
  status(): { maximumAvailable: number; currentlyAvailable: number; restoreRate: number } | null {
    if (!this.#bucket) return null;
    const { maximum, restoreRate } = this.#bucket;
    return { maximumAvailable: maximum, currentlyAvailable: Math.max(0, Math.floor(this.#available())), restoreRate };
  }

  /**
   * How many requests at once are of use now: as many as the points that are there pay for, and after that as many as are under way
   * when what is restored is spent as it comes (Little's law: rate × time under way), with a few waiting. Fewer after THROTTLED.
   * Null before the first answer.
   */
  atOnce(): number | null {
    if (!this.#bucket || !this.#usual) return null;
    const { cost, latencyMs } = this.#usual;
    const there = Math.max(0, this.#available() + this.#inFlightPoints()) / cost;
    const restored = ((latencyMs + KEPT_WAITING_MS) / 1000) * (this.#bucket.restoreRate / cost);
    // While the limit grows it must be met, or it would not grow.
    return Math.max(1, Math.min(Math.ceil(there + restored), Math.floor(this.#limit) + 1, MOST_IN_FLIGHT));
  }

  get inFlight(): number {
    return this.#flights.size;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  #pump(): void {
    const now = this.#clock.now();
    for (let i = this.#queue.length - 1; i >= 0; i--) {
      const waiter = this.#queue[i] as Waiter;
      if (waiter.deadline > now) continue;
      this.#refuse(i, this.#expectedWait(i));
    }
    for (let head = this.#queue[0]; head; head = this.#queue[0]) {
      const wait = this.#waitFor(head);
      if (wait === 0) {
        this.#queue.shift();
        head.resolve(this.#grant(head));
      } else if (wait !== null && this.#flights.size === 0 && now + wait > head.deadline) {
        // Nothing under way could give points back: waiting longer cannot help.
        this.#refuse(0, wait);
      } else {
        const nearest = this.#queue.reduce((least, waiter) => Math.min(least, waiter.deadline), Infinity);
        this.#wakeAt(Math.min(wait === null ? Infinity : now + wait, nearest));
        return;
      }
    }
    this.#wake?.cancel.abort();
    this.#wake = null;
  }

  #refuse(index: number, wait: number): void {
    const [waiter] = this.#queue.splice(index, 1);
    waiter?.resolve({ granted: false, retryAfterMs: Math.max(LEAST_RETRY_AFTER_MS, Math.ceil(wait)) });
  }

  /** 0: may go now · milliseconds: may go then · null: may go when a request under way has ended. */
  #waitFor({ operation, size, background }: Waiter): number | null {
    const now = this.#clock.now();
    if (this.#pausedUntil > now) return this.#pausedUntil - now;
    if (this.#flights.size >= Math.floor(this.#limit)) return null;
    // The first answer tells the size of the bucket; until then one request at a time.
    if (!this.#bucket) return this.#flights.size === 0 ? 0 : null;
    const cost = this.#costs.estimate(operation, size);
    // The first answer of an operation tells its cost; until then one of it at a time.
    if (cost === null && [...this.#flights].some((flight) => flight.isProbe && flight.operation === operation)) return null;
    const { maximum, restoreRate } = this.#bucket;
    const left = background ? maximum * LEFT_BY_BACKGROUND : this.#others.reserve(restoreRate, this.#usual?.latencyMs ?? 0);
    const needed = Math.min((cost ?? this.#costs.largest) + left, maximum);
    const missing = needed - this.#available();
    return missing <= 0 ? 0 : Math.max(1, Math.ceil((missing / restoreRate) * 1000));
  }

  /** How long the waiter at this place would still have to wait by points alone. */
  #expectedWait(index: number): number {
    const paused = Math.max(0, this.#pausedUntil - this.#clock.now());
    if (!this.#bucket) return paused;
    let needed = 0;
    for (const waiter of this.#queue.slice(0, index + 1)) needed += this.#costs.estimate(waiter.operation, waiter.size) ?? this.#costs.largest;
    return Math.max(paused, ((needed - this.#available()) / this.#bucket.restoreRate) * 1000);
  }

  /** Points that are surely there, other traffic apart. */
  #available(): number {
    if (!this.#bucket) return 0;
    const { level, at, maximum, restoreRate } = this.#bucket;
    return Math.min(maximum, level + ((this.#clock.now() - at) / 1000) * restoreRate) - this.#inFlightPoints();
  }

  #inFlightPoints(): number {
    let points = 0;
    for (const flight of this.#flights) points += flight.reserved;
    return points;
  }

  #grant(waiter: Waiter): Permit {
    const cost = this.#costs.estimate(waiter.operation, waiter.size);
    const flight: Flight = {
      operation: waiter.operation,
      size: waiter.size,
      reserved: cost ?? this.#costs.largest,
      sentAt: ++this.#sequence,
      sentAtMs: this.#clock.now(),
      isProbe: cost === null,
    };
    this.#flights.add(flight);
    return { granted: true, settle: (ending, report) => this.#settle(flight, ending, report) };
  }

  #settle(flight: Flight, ending: Ending, report: CostReport | null): void {
    if (!this.#flights.delete(flight)) return;
    if (report) this.#costs.learn(flight.operation, flight.size, report.requested);
    const spent = ending === 'answered' ? (report?.actual ?? report?.requested ?? flight.reserved) : ending === 'lost' ? flight.reserved : 0;
    this.#others.spent(spent);
    if (report) this.#adopt(flight, report);
    else if (this.#bucket) this.#spend(spent);
    this.#remember(spent);
    if (ending === 'answered' && spent > 0) this.#learnUsual(spent, this.#clock.now() - flight.sentAtMs);
    if (ending === 'throttled') this.#slowDown(flight);
    else if (ending === 'answered') this.#speedUp();
    this.#pump();
  }

  #adopt(flight: Flight, report: CostReport): void {
    let level = report.currentlyAvailable;
    for (const other of this.#ended) if (other.at > flight.sentAt) level -= other.points;
    const { maximumAvailable: maximum, restoreRate } = report;
    const at = this.#clock.now();
    this.#bucket = { level, at, maximum, restoreRate };
    this.#others.saw({ level: report.currentlyAvailable, at, maximum, restoreRate });
  }

  #spend(points: number): void {
    const bucket = this.#bucket;
    if (!bucket) return;
    const now = this.#clock.now();
    bucket.level = Math.min(bucket.maximum, bucket.level + ((now - bucket.at) / 1000) * bucket.restoreRate) - points;
    bucket.at = now;
  }

  #remember(points: number): void {
    this.#ended.push({ at: ++this.#sequence, points });
    let oldest = Infinity;
    for (const flight of this.#flights) oldest = Math.min(oldest, flight.sentAt);
    this.#ended = this.#ended.filter((other) => other.at > oldest);
  }

  #learnUsual(cost: number, latencyMs: number): void {
    if (!this.#usual) this.#usual = { cost, latencyMs };
    this.#usual.cost += (cost - this.#usual.cost) / USUAL_OVER;
    this.#usual.latencyMs += (latencyMs - this.#usual.latencyMs) / USUAL_OVER;
  }

  #speedUp(): void {
    this.#throttledInARow = 0;
    // Grows only where it holds something back, twice as fast until the shop has ever said no.
    if (this.#queue.length === 0 || this.#flights.size + 1 < Math.floor(this.#limit)) return;
    const easy = !this.#everThrottled || this.#limit < this.#easyUntil;
    this.#limit = Math.min(MOST_IN_FLIGHT, this.#limit + (easy ? 1 : 1 / this.#limit));
  }

  #slowDown(flight: Flight): void {
    // Those sent before the limit last fell were in the same wave: one wave slows down once.
    if (flight.sentAt <= this.#limitFellAt) return;
    this.#everThrottled = true;
    if (this.#throttledInARow === 0) this.#easyUntil = this.#limit / 2;
    if (this.#bucket) this.#others.throttled(this.#bucket.restoreRate);
    const backoff = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.#throttledInARow);
    this.#throttledInARow += 1;
    // Jitter, so that several processes on one bucket do not come back together.
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + backoff * (1 + this.#random() / 2));
    this.#shrink();
  }

  #shrink(): void {
    this.#limit = Math.max(1, this.#limit / 2);
    this.#limitFellAt = this.#sequence;
  }

  #wakeAt(at: number): void {
    if (at === Infinity) return;
    if (this.#wake && this.#wake.at <= at) return;
    this.#wake?.cancel.abort();
    const wake = { at, cancel: new AbortController() };
    this.#wake = wake;
    this.#clock.sleep(Math.max(0, at - this.#clock.now()), wake.cancel.signal).then(
      () => {
        if (this.#wake === wake) this.#wake = null;
        this.#pump();
      },
      () => undefined, // cancelled: another wake took its place
    );
  }
}
