import { pino } from 'pino';
import type { DestinationStream, Logger as PinoLogger } from 'pino';
import { createRedactor } from './redact.ts';

export type Logger = PinoLogger;

export interface LoggerOptions {
  readonly level: string;
  /** Which process speaks: `app`, `worker` … */
  readonly service: string;
  /** Exact texts that must never be printed; see `secretsOf` of the configuration. */
  readonly secrets?: readonly string[];
  /** Standard output unless told. */
  readonly destination?: DestinationStream;
}

/** What a request or a job adds to each of its lines. */
export interface LogContext {
  readonly requestId?: string;
  readonly correlationId?: string;
  readonly tenantId?: string;
  readonly job?: string;
}

/**
 * One JSON object a line: `{"level":"info","time":"…","service":"app","requestId":…,"msg":"…"}`. Secrets are taken out of fields,
 * bindings, messages, errors and their causes, and once more out of the finished line. Write fields first, then the sentence:
 * `log.info({ rows }, 'Catalog synced')`; errors go in the field `err`.
 */
export function createLogger(options: LoggerOptions): Logger {
  const redactor = createRedactor(options.secrets);
  const clean = (fields: object) => redactor.value(fields) as Record<string, unknown>;
  const log = pino(
    {
      level: options.level,
      base: { service: options.service },
      messageKey: 'msg',
      errorKey: 'err',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), bindings: clean, log: clean },
      // The formatter above has already made a plain copy of every error.
      serializers: { err: (value: unknown) => value, error: (value: unknown) => value },
      hooks: {
        logMethod(args, method) {
          method.apply(this, args.map((arg: unknown) => (typeof arg === 'string' ? redactor.text(arg) : arg)) as typeof args);
        },
        streamWrite: (line) => redactor.line(line),
      },
    },
    options.destination ?? pino.destination({ fd: 1, sync: true }),
  );
  // pino forgets the formatter of bindings below the first logger; children inherit this instead.
  const child = log.child;
  log.child = function (this: Logger, bindings: object, childOptions?: Parameters<typeof child>[1]) {
    return child.call(this, clean(bindings), childOptions);
  } as typeof child;
  return log;
}

/** A logger whose every line carries the ids of `context`. */
export function withContext(log: Logger, context: LogContext): Logger {
  return log.child(context);
}
