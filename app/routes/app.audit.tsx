import type { LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { requireAdmin, unwrap } from '../http/admin.ts';
import { AUDIT_PAGE_SIZE, auditQuery, changeOf, readAuditFilters } from '../ui/audit/audit-filters.ts';
import { AuditPage } from '../ui/audit/audit-page.tsx';
import { ScreenFrame } from '../ui/parts/screen-frame.tsx';

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, flows, timeZone } = await requireAdmin(args);
  const { searchParams } = new URL(args.request.url);
  const { from, to, ...exact } = auditQuery(readAuditFilters(searchParams), timeZone);
  const dates = { ...(from ? { from: new Date(from) } : {}), ...(to ? { to: new Date(to) } : {}) };
  const [page, members] = await Promise.all([flows.listAudit(ctx, { ...exact, ...dates, limit: AUDIT_PAGE_SIZE, cursor: searchParams.get('cursor') }), flows.listMembers(ctx)]);
  const { data, nextCursor } = unwrap(page, args.request);
  const changes = await flows.nameChanges(ctx, { ids: data.flatMap((entry) => changeOf(entry) ?? []) });
  return { entries: data, changes, members: unwrap(members, args.request).map(({ userId }) => `user:${userId}`), nextCursor, timeZone };
}

export default function Audit() {
  const data = useLoaderData<typeof loader>();
  return (
    <ScreenFrame>
      <AuditPage {...data} />
    </ScreenFrame>
  );
}
