import { describe, expect, it } from 'vitest';
import { isAway } from './boot-check.ts';

describe('a database that is away', () => {
  it.each([
    { code: 'ECONNREFUSED' }, { code: 'ECONNRESET' }, { code: '57P03', message: 'the database system is starting up' }, { code: '57P01' }, { code: '53300' },
    { message: 'Connection terminated unexpectedly' }, { message: 'timeout exceeded when trying to connect' },
  ])('is told from a role that may not be used: $code $message', (failure) => {
    expect(isAway(Object.assign(new Error(failure.message ?? ''), failure))).toBe(true);
  });

  it.each([{ code: '28P01' }, { code: '3D000' }, { message: 'The database role postgres is a superuser: Calibrate runs as cal_app' }])('is not one that refuses us: $code $message', (failure) => {
    expect(isAway(Object.assign(new Error(failure.message ?? ''), failure))).toBe(false);
  });
});
