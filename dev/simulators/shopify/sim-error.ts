/** A request to the simulator's own controls that cannot be served. */
export class SimError extends Error {
  readonly status: number;
  readonly details: Record<string, unknown>;

  constructor(status: number, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.name = 'SimError';
    this.status = status;
    this.details = details;
  }
}
