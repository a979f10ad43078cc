/**
 * Runs before every test file. In jsdom it supplies the two browser features Polaris calls and jsdom lacks;
 * everywhere it fails a test that writes to console.error without having said so.
 */
import { afterEach, beforeEach, expect, vi } from 'vitest';

if (typeof window !== 'undefined') {
  window.matchMedia ??= (query: string): MediaQueryList => ({
    matches: false,
    media: query,
    onchange: null,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    addListener: () => undefined,
    removeListener: () => undefined,
    dispatchEvent: () => false,
  });
  window.ResizeObserver ??= class implements ResizeObserver {
    observe(): void {}
    unobserve(): void {}
    disconnect(): void {}
  };
  window.scrollTo = () => undefined;
}

let seen: string[] = [];

beforeEach(() => {
  seen = [];
  vi.spyOn(console, 'error').mockImplementation((...parts: unknown[]) => {
    seen.push(parts.map((part) => (part instanceof Error ? (part.stack ?? part.message) : String(part))).join(' '));
  });
});

afterEach(() => {
  const unexpected = seen;
  seen = [];
  expect(unexpected, 'console.error was called; a test that expects it must claim it with expectConsoleError()').toEqual([]);
});

/** Takes what was written to console.error so far in this test: the caller asserts on it, and the test does not fail for it. */
export function expectConsoleError(): string[] {
  const taken = seen;
  seen = [];
  return taken;
}
