/** How many schedules a run has: FAULT_SCHEDULES, or 4,000 in CI and enough for `npm test`. The nightly run has a command of its own (replay.ts --nightly). */
export function scheduleCount(): number {
  const asked = Number(process.env.FAULT_SCHEDULES ?? '');
  if (Number.isInteger(asked) && asked > 0) return asked;
  return process.env.CI ? 4_000 : 600;
}
