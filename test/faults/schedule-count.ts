/** How many schedules a run has: FAULT_SCHEDULES, or those of every CI run. The nightly run has a command of its own (replay.ts --nightly). */
export function scheduleCount(): number {
  const asked = Number(process.env.FAULT_SCHEDULES ?? '');
  return Number.isInteger(asked) && asked > 0 ? asked : 4_000;
}
