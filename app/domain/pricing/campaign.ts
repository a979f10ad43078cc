import type { ChangeRow } from './change.ts';
import type { LayerRole } from './layers.ts';

type Timed = Pick<ChangeRow, 'scheduleAt' | 'approvedAt' | 'startedAt' | 'createdAt'>;

/** A price change with an end is a campaign: a layer over the baseline. */
export function isCampaign(change: Pick<ChangeRow, 'kind' | 'endAt'>): boolean {
  return change.kind !== 'rollback' && change.endAt !== null;
}

/** What a campaign's end is made of: the change that takes its layers off, approved together with the campaign. */
export function isEndOf(change: Pick<ChangeRow, 'kind' | 'parentId' | 'rollbackOf'>): boolean {
  return change.kind === 'rollback' && change.parentId !== null && change.parentId === change.rollbackOf;
}

/** When it counts as started, for the order of layers: its scheduled start, and now for one that was past when it was approved. */
export function startsAtOf(change: Timed): Date {
  const times = [change.scheduleAt, change.approvedAt].filter((time) => time !== null).map((time) => time.getTime());
  return times.length ? new Date(Math.max(...times)) : (change.startedAt ?? change.createdAt);
}

/** How the rows of a change stand to the campaigns on their variants. */
export function layerRole(change: Timed & Pick<ChangeRow, 'id' | 'kind' | 'endAt' | 'parentId' | 'rollbackOf' | 'priority'>): LayerRole {
  const automatic = isEndOf(change);
  return {
    changeId: change.id, kind: isCampaign(change) ? 'on' : 'set', campaignId: change.rollbackOf, automatic,
    priority: change.priority, startsAt: startsAtOf(change), createdAt: change.createdAt,
  };
}
