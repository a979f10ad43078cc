import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { requireAdmin, unwrap } from '../http/admin.ts';
import { ScreenFrame } from '../ui/parts/screen-frame.tsx';
import { readSettingsForm } from '../ui/settings/settings-form.ts';
import { SettingsPage } from '../ui/settings/settings-page.tsx';
import { may } from '../ui/words/role-words.ts';

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, flows, role, shop, currencyCode, timeZone } = await requireAdmin(args);
  const [status, policies, connectors, writes, members, tokens] = await Promise.all([
    flows.catalogStatus(ctx), flows.getPolicies(ctx), flows.listConnectors(ctx), flows.getWrites(ctx), flows.listMembers(ctx), may(role, 'admin') ? flows.listTokens(ctx) : null,
  ]);
  const facts = unwrap(status, args.request);
  return {
    shop, shopName: facts.shopName, currencyCode, timeZone, role, status: facts, policies: unwrap(policies, args.request),
    connectors: unwrap(connectors, args.request).data, writes: unwrap(writes, args.request), members: unwrap(members, args.request),
    userId: ctx.actor.kind === 'user' ? ctx.actor.id : '', tokens: tokens ? unwrap(tokens, args.request).data : null,
  };
}

export async function action(args: ActionFunctionArgs) {
  const { ctx, flows } = await requireAdmin(args, 'admin');
  const form = readSettingsForm(await args.request.formData());
  if (!form.ok) return { problem: form.error };
  const wanted = form.value;
  if (wanted.intent === 'createToken') {
    const created = await flows.createToken(ctx, wanted);
    return created.ok ? { token: created.value.token } : { problem: created.error };
  }
  if (wanted.intent === 'savePolicies') {
    const saved = await flows.savePolicies(ctx, wanted.policies);
    return saved.ok ? { done: `Policies saved as version ${saved.value.version ?? 0}` } : { problem: saved.error };
  }
  if (wanted.intent === 'saveMember') {
    const saved = await flows.changeMember(ctx, wanted);
    return saved.ok ? { done: 'Team member saved' } : { problem: saved.error };
  }
  const result = wanted.intent === 'revokeToken' ? await flows.revokeToken(ctx, wanted) : await flows.checkConnector(ctx, wanted);
  if (!result.ok) return { problem: result.error };
  return { done: wanted.intent === 'revokeToken' ? 'Token revoked' : 'Connection checked' };
}

export default function Settings() {
  const data = useLoaderData<typeof loader>();
  return (
    <ScreenFrame>
      <SettingsPage {...data} />
    </ScreenFrame>
  );
}
