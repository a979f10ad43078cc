import type { CampaignsEndReport } from '@calibr/types';
import { formatQuantity } from '../format/count.ts';
import type { Role } from '../words/role-words.ts';

/** The least role that may end every campaign. */
export const END_ALL_ROLE: Role = 'approver';

/** What was begun, in one sentence. */
export function endedWords({ ended, waiting }: CampaignsEndReport): string {
  const begun = ended.length === 0 ? 'No campaign runs' : `${formatQuantity(ended.length, 'campaign is', 'campaigns are')} ending`;
  return waiting.length === 0 ? begun : `${begun}; ${formatQuantity(waiting.length, 'waits', 'wait')} for an answer of Shopify: try again in a minute`;
}
