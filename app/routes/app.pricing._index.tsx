import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { requireAdmin, unwrap } from '../http/admin.ts';
import { ScreenFrame } from '../ui/parts/screen-frame.tsx';
import { catalogQuery } from '../ui/pricing/catalog-filters.ts';
import { PricingPage } from '../ui/pricing/pricing-page.tsx';

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, flows, role, currencyCode, timeZone } = await requireAdmin(args);
  const query = catalogQuery(new URL(args.request.url).searchParams, currencyCode);
  const [status, page, facets] = await Promise.all([flows.catalogStatus(ctx), flows.listVariants(ctx, query), flows.catalogFacets(ctx)]);
  const { data, nextCursor } = unwrap(page, args.request);
  return { status: unwrap(status, args.request), variants: data, nextCursor, facets: unwrap(facets, args.request), role, currencyCode, timeZone, loadedAt: ctx.now().toISOString() };
}

/** Starts a full sync, or asks Shopify what changed. */
export async function action(args: ActionFunctionArgs) {
  const { ctx, flows } = await requireAdmin(args, 'admin');
  const intent = (await args.request.formData()).get('intent');
  const result = intent === 'reconcile' ? await flows.requestReconcile(ctx) : await flows.startSync(ctx);
  return result.ok ? {} : { problem: result.error };
}

export default function Pricing() {
  const data = useLoaderData<typeof loader>();
  return (
    <ScreenFrame>
      <PricingPage {...data} />
    </ScreenFrame>
  );
}
