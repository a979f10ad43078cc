import type { LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { requireAdmin, unwrap } from '../http/admin.ts';
import { ScreenFrame } from '../ui/parts/screen-frame.tsx';
import { PriceHistoryPage } from '../ui/pricing/price-history-page.tsx';

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, flows, role, timeZone } = await requireAdmin(args);
  const id = args.params.variantId ?? '';
  const [variant, history, markets] = await Promise.all([flows.getVariant(ctx, { id }), flows.variantPrices(ctx, { id }), flows.contextualPrices(ctx, { id })]);
  return { variant: unwrap(variant, args.request), history: unwrap(history, args.request), markets: unwrap(markets, args.request).data, now: ctx.now().toISOString(), role, timeZone };
}

export default function VariantPrices() {
  const data = useLoaderData<typeof loader>();
  return (
    <ScreenFrame>
      <PriceHistoryPage {...data} backUrl="/app/pricing" />
    </ScreenFrame>
  );
}
