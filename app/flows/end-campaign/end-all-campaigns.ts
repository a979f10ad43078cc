import type { CampaignsEndReport } from '@calibr/types';
import { ok } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { FlowContext } from '../../ports/context.ts';
import { endCampaign } from './end-campaign.ts';
import type { EndCampaignDeps } from './end-campaign.ts';

/** Ends every campaign that lies on any variant, so that the shop shows its prices without campaigns again. */
export async function endAllCampaigns(deps: EndCampaignDeps, ctx: FlowContext, { reason }: { reason?: string | null }): Promise<Result<CampaignsEndReport>> {
  const ids = await deps.uow.run(ctx.tenantId, (tx) => tx.layers.campaigns());
  const ended: string[] = [];
  const waiting: CampaignsEndReport['waiting'][number][] = [];
  for (const id of ids) {
    const result = await endCampaign(deps, ctx, { id, reason: reason ?? 'All campaigns were ended.' });
    if (result.ok) ended.push(id);
    else waiting.push({ id, code: result.error.code, detail: result.error.detail });
  }
  return ok({ ended, waiting });
}
