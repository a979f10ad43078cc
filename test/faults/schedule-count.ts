/** How many schedules a run has: FAULT_SCHEDULES (CI: 4000; the nightly run: as many as the night is long), or enough for `npm test`. */
export function scheduleCount(): number {
  const asked = Number(process.env.FAULT_SCHEDULES ?? '');
  return Number.isInteger(asked) && asked > 0 ? asked : 300;
}
