import type { LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { requireAdmin, unwrap } from '../http/admin.ts';
import { ScreenFrame } from '../ui/parts/screen-frame.tsx';
import { RulesPage } from '../ui/rules/rules-page.tsx';

const PAGE_SIZE = 50;

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, flows, role, timeZone } = await requireAdmin(args);
  const cursor = new URL(args.request.url).searchParams.get('cursor');
  const { data, nextCursor } = unwrap(await flows.listRules(ctx, { limit: PAGE_SIZE, cursor }), args.request);
  return { rules: data, nextCursor, role, timeZone };
}

export default function Rules() {
  const data = useLoaderData<typeof loader>();
  return (
    <ScreenFrame>
      <RulesPage {...data} />
    </ScreenFrame>
  );
}
