/**
 * What is derived from the event log alone and can be made again from it. Each has a name for the API, and words for people.
 */
export const PROJECTIONS = {
  change_projection: { title: 'Progress of price changes', help: 'The state of each price change and how many of its rows ended how.' },
  outbox: { title: 'Messages of events', help: 'A message for every event of the last six days, so that nothing stays untold.' },
} as const;

export type ProjectionName = keyof typeof PROJECTIONS;

export function isProjection(name: string): name is ProjectionName {
  return Object.hasOwn(PROJECTIONS, name);
}
