// @vitest-environment jsdom
import { AppProvider } from '@shopify/polaris';
import { act, cleanup, render, screen } from '@testing-library/react';
import type { PriceChange } from '@calibr/types';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ProgressCard } from './progress-card.tsx';

const none = { planned: 0, queued: 0, writing: 0, applied: 0, settled: 0, conflict: 0, failed: 0, cancelled: 0, kept: 0 };
const change = (applied: number, more: Partial<PriceChange> = {}) => ({ state: 'applying', startedAt: '2026-11-22T12:00:00Z', activity: null, progress: { ...none, applied, queued: 100 - applied }, ...more }) as PriceChange;
const card = (shown: PriceChange) => <AppProvider i18n={{}}><ProgressCard change={shown} connection="live" role="viewer" /></AppProvider>;
const silence = () => screen.queryByText(/No price was written for a while/);

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('matchMedia', () => ({ matches: false, addListener: () => undefined, removeListener: () => undefined, addEventListener: () => undefined, removeEventListener: () => undefined }));
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('says so when nothing is written for a while, and no longer once prices move again or writes are stopped', () => {
  const { rerender } = render(card(change(40)));
  act(() => void vi.advanceTimersByTime(80_000));
  expect(silence()).toBeNull();
  act(() => void vi.advanceTimersByTime(20_000));
  expect(silence()).not.toBeNull();
  rerender(card(change(41)));
  expect(silence()).toBeNull();
  rerender(card(change(41, { writesStopped: {} as PriceChange['writesStopped'] })));
  act(() => void vi.advanceTimersByTime(200_000));
  expect(silence()).toBeNull();
});
