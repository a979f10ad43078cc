import type { LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { CHANGE_STATES } from '../domain/pricing/lifecycle.ts';
import { requireAdmin, unwrap } from '../http/admin.ts';
import { ChangesPage } from '../ui/changes/changes-page.tsx';
import { ScreenFrame } from '../ui/parts/screen-frame.tsx';

const PAGE_SIZE = 50;

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, flows, role, timeZone } = await requireAdmin(args);
  const { searchParams } = new URL(args.request.url);
  const state = CHANGE_STATES.find((known) => known === searchParams.get('state'));
  const page = await flows.listChanges(ctx, { ...(state ? { state } : {}), limit: PAGE_SIZE, cursor: searchParams.get('cursor') });
  const { data, nextCursor } = unwrap(page, args.request);
  return { changes: data, nextCursor, role, timeZone };
}

export default function Changes() {
  const data = useLoaderData<typeof loader>();
  return (
    <ScreenFrame>
      <ChangesPage {...data} />
    </ScreenFrame>
  );
}
