import type { ChannelFailure } from '../../ports/price-channel.ts';
import { API_VERSION } from './client.ts';
import type { Clock } from './clock.ts';

/** Sanitized: no token, no variables, no body. Times are RFC 3339; what never happened is null. */
export interface ConnectorTelemetry {
  readonly connector: 'shopify';
  readonly apiVersion: string;
  /** The version Shopify last answered with. */
  readonly servedApiVersion: string | null;
  /** Shopify serves another version than the one asked for: ours is retired, and the app must be brought up to date. */
  readonly versionFallback: boolean;
  /** Since when this process counts. */
  readonly since: string;
  readonly lastSuccessAt: string | null;
  readonly lastFailure: {
    readonly at: string;
    readonly kind: ChannelFailure['kind'];
    readonly operation: string;
    readonly status: number | null;
    readonly detail: string;
    readonly requestId: string | null;
  } | null;
  readonly requests: { readonly succeeded: number } & Readonly<Record<ChannelFailure['kind'], number>>;
  /** Of the last requests that were answered, at most 512 of them. */
  readonly latencyMs: { readonly p50: number | null; readonly p95: number | null; readonly samples: number };
  readonly throttle: { readonly maximumAvailable: number; readonly currentlyAvailable: number; readonly restoreRate: number } | null;
  readonly inFlight: number;
  readonly waiting: number;
}

export interface Observation {
  readonly operation: string;
  readonly status: number | null;
  readonly latencyMs: number;
  readonly requestId: string | null;
  readonly servedVersion: string | null;
  readonly failure: ChannelFailure | null;
}

const SAMPLES = 512;

/** Counts what happened with one shop. */
export class Telemetry {
  readonly #clock: Clock;
  readonly #since: number;
  readonly #onFallback: ((served: string) => void) | undefined;
  readonly #counts = { succeeded: 0, throttled: 0, unavailable: 0, unknown: 0, unauthorized: 0, uninstalled: 0 };
  readonly #latencies: number[] = [];
  #answered = 0;
  #servedVersion: string | null = null;
  #lastSuccessAt: number | null = null;
  #lastFailure: ConnectorTelemetry['lastFailure'] = null;

  /** `onFallback` is told of each version that was not asked for, when it is served for the first time. */
  constructor(clock: Clock, onFallback?: (served: string) => void) {
    this.#clock = clock;
    this.#onFallback = onFallback;
    this.#since = clock.now();
  }

  observe(seen: Observation): void {
    const now = this.#clock.now();
    const served = seen.servedVersion ?? this.#servedVersion;
    if (served !== this.#servedVersion && served !== null && served !== API_VERSION) this.#onFallback?.(served);
    this.#servedVersion = served;
    if (seen.status !== null) {
      this.#latencies[this.#answered % SAMPLES] = seen.latencyMs;
      this.#answered += 1;
    }
    if (!seen.failure) {
      this.#counts.succeeded += 1;
      this.#lastSuccessAt = now;
      return;
    }
    const { kind, detail } = seen.failure;
    this.#counts[kind] += 1;
    this.#lastFailure = { at: rfc3339(now), kind, operation: seen.operation, status: seen.status, detail, requestId: seen.requestId };
  }

  report(bucket: Pick<ConnectorTelemetry, 'throttle' | 'inFlight' | 'waiting'>): ConnectorTelemetry {
    const sorted = [...this.#latencies].sort((a, b) => a - b);
    return {
      connector: 'shopify',
      apiVersion: API_VERSION,
      servedApiVersion: this.#servedVersion,
      versionFallback: this.#servedVersion !== null && this.#servedVersion !== API_VERSION,
      since: rfc3339(this.#since),
      lastSuccessAt: this.#lastSuccessAt === null ? null : rfc3339(this.#lastSuccessAt),
      lastFailure: this.#lastFailure,
      requests: { ...this.#counts },
      latencyMs: { p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95), samples: sorted.length },
      ...bucket,
    };
  }
}

/** Nearest rank. */
function percentile(sorted: readonly number[], share: number): number | null {
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  return value === undefined ? null : Math.round(value * 10) / 10;
}

function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}
