/** Each screen of the Console opens on real data without an error, and a rule becomes a plan that waits for approval. */
import { afterAll, afterEach, describe, expect, inject, it } from 'vitest';
import { closeBrowser, openAdmin } from './harness.ts';
import type { AdminSession } from './harness.ts';

let session: AdminSession | undefined;
afterEach(async () => {
  await session?.close();
  session = undefined;
});
afterAll(closeBrowser);

describe('the Console', () => {
  it.each([
    ['/app/pricing', 'Pricing'], ['/app/changes', 'Changes'], ['/app/rules', 'Rules'], ['/app/audit', 'Audit'], ['/app/settings', 'Settings'],
  ])('opens %s without an error', async (path, heading) => {
    session = await openAdmin({ adminUrl: inject('adminUrl'), path });
    await session.app.getByRole('heading', { name: heading, exact: true }).first().waitFor();
    session.expectClean();
  });

  it('makes a plan of a rule and asks for its approval', async () => {
    const { apiUrl, token } = inject('app');
    const answer = await fetch(`${apiUrl}/rules`, {
      method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Ten off', selector: { all: [] }, transform: { base: 'price', steps: [{ type: 'percent', value: '-10' }] } }),
    });
    const rule = (await answer.json()) as { id: string };
    session = await openAdmin({ adminUrl: inject('adminUrl'), path: `/app/rules/${rule.id}` });
    await session.app.getByRole('button', { name: 'Preview change', exact: true }).click();
    await session.app.getByRole('button', { name: 'Approve this plan', exact: true }).first().waitFor({ timeout: 30_000 });
    expect(new URL(session.page.url()).pathname).toMatch(/\/app\/changes\/[0-9a-f-]{36}$/);
    session.expectClean();
  });
});
