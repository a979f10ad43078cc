/** Over how long the bucket's account is drawn up: what is under way at its two ends blurs it. */
const WINDOW_MS = 2_000;
/** Accounts that an average is taken over. */
const OVER = 4;
/** Less than this share of what is restored is taken for blur. */
const NOTICED = 0.1;
/** What THROTTLED without an account says of the others, as a share of what is restored. */
const SUSPECTED = 0.25;
/** Beside the time that a request is under way, how old the last answer may be when the next request goes. */
const OLD_MS = 300;

interface Report {
  readonly at: number;
  readonly level: number;
  readonly maximum: number;
  readonly restoreRate: number;
}

/**
 * Whoever else draws on the bucket: another worker of ours, or another use of the app. What they took is what is missing in the
 * bucket beside what we spent. While there are such, some points are left untouched, as many as they may have taken since the last
 * answer that told: so a request of ours seldom meets a bucket that somebody has emptied in the meantime. It costs no speed, the
 * bucket is only fuller by that. Who takes more than the others leaves more, so that all come to the same share.
 */
export class OtherTraffic {
  /** Points a second, averages; what was found may be below nothing, by blur. */
  #others = 0;
  #ours = 0;
  #spent = 0;
  #since: (Report & { readonly spent: number }) | null = null;

  spent(points: number): void {
    this.#spent += points;
  }

  /** What an answer said of the bucket. */
  saw(report: Report): void {
    const since = this.#since;
    const now = { ...report, spent: this.#spent };
    if (!since) {
      this.#since = now;
      return;
    }
    const seconds = (report.at - since.at) / 1000;
    if (seconds * 1000 < WINDOW_MS) return;
    this.#since = now;
    const restored = seconds * report.restoreRate;
    // What a full bucket would have restored is nobody's; an account over it says nothing, and after a rest the others are forgotten.
    if (since.level + restored - (now.spent - since.spent) >= report.maximum * 2) this.#others = this.#ours = 0;
    if (report.level >= report.maximum * 0.95 || since.level >= report.maximum * 0.95) return;
    const ours = (now.spent - since.spent) / seconds;
    const others = (since.level + restored - report.level) / seconds - ours;
    this.#ours += (ours - this.#ours) / OVER;
    this.#others += (Math.max(-report.restoreRate, Math.min(report.restoreRate, others)) - this.#others) / OVER;
  }

  /** The bucket was emptier than we knew. */
  throttled(restoreRate: number): void {
    this.#others = Math.max(this.#others, restoreRate * SUSPECTED);
  }

  /** Points to leave untouched. `latencyMs`: how long a request is under way. */
  reserve(restoreRate: number, latencyMs: number): number {
    if (this.#others < restoreRate * NOTICED) return 0;
    const share = this.#ours / (this.#ours + this.#others);
    return restoreRate * ((latencyMs + OLD_MS) / 1000) * (0.5 + share);
  }
}
