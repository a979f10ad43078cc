/** Tokens of the simulator: session tokens, exchange, expiry, refresh and its retries, the signed embedded load. */
import { createHmac } from 'node:crypto';
import { jwtVerify } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mintSessionToken } from '../../dev/simulators/shopify/session-token.ts';
import { CREDENTIALS, DEMO, startClient } from './shopify-simulator-client.ts';
import type { SimulatorClient } from './shopify-simulator-client.ts';

let client: SimulatorClient;

beforeAll(async () => {
  client = await startClient();
});

afterAll(() => client.sim.close());

beforeEach(async () => {
  await client.order('POST', 'reset');
  await client.login();
});

const status = async (token: string) => (await client.graphql('{ shop { id } }', {}, { token })).status;
const hour = 3_600_000;

describe('session tokens', () => {
  it('are HS256 JWTs with the claims of App Bridge, good for a minute', async () => {
    const { token } = await client.order('GET', `id-token?shop=${DEMO}&user=7`);
    const { payload, protectedHeader } = await jwtVerify(token, new TextEncoder().encode(CREDENTIALS.apiSecret), { audience: CREDENTIALS.apiKey, issuer: `https://${DEMO}/admin` });
    expect(protectedHeader.alg).toBe('HS256');
    expect(payload).toMatchObject({ dest: `https://${DEMO}`, sub: '7', sid: expect.any(String), jti: expect.any(String) });
    expect(Number(payload.exp) - Number(payload.iat)).toBe(60);
  });

  it.each([
    ['signed with another secret', mintSessionToken({ apiKey: CREDENTIALS.apiKey, apiSecret: 'other' }, DEMO)],
    ['for another app', mintSessionToken({ ...CREDENTIALS, apiKey: 'other' }, DEMO)],
    ['of another shop', mintSessionToken(CREDENTIALS, 'kissa-hoshi.myshopify.com')],
    ['expired', mintSessionToken(CREDENTIALS, DEMO, { now: Date.now() - hour })],
    ['not yet valid', mintSessionToken(CREDENTIALS, DEMO, { now: Date.now() + hour })],
    ['whose issuer and destination differ', mintSessionToken(CREDENTIALS, DEMO, { over: { iss: 'https://kissa-hoshi.myshopify.com/admin' } })],
    ['without signature', `${mintSessionToken(CREDENTIALS, DEMO).split('.').slice(0, 2).join('.')}.`],
    ['that are no token', 'nonsense'],
  ])('%s are refused as invalid_subject_token', async (_what, token) => {
    expect(await client.exchange({ subject_token: token })).toMatchObject({ status: 400, body: { error: 'invalid_subject_token' } });
  });
});

describe('token exchange', () => {
  it('gives an expiring offline token with its refresh token', async () => {
    const { status: code, body } = await client.exchange();
    expect(code).toBe(200);
    expect(body).toEqual({
      access_token: expect.stringMatching(/^shpat_[0-9a-f]{32}$/), scope: 'write_products,read_inventory', expires_in: 3600,
      refresh_token: expect.stringMatching(/^shprt_/), refresh_token_expires_in: 7_776_000,
    });
    expect(await status(body.access_token)).toBe(200);
    await client.order('POST', 'clock', { advanceMs: hour + 1 });
    expect(await status(body.access_token)).toBe(401);
  });

  it('revokes the earlier expiring token of the shop', async () => {
    const first = (await client.exchange()).body.access_token;
    const second = (await client.exchange()).body.access_token;
    expect([await status(first), await status(second)]).toEqual([401, 200]);
  });

  it('gives online tokens for a user and lasting offline tokens when asked', async () => {
    const online = await client.exchange({ requested_token_type: 'urn:shopify:params:oauth:token-type:online-access-token' });
    expect(online.body).toMatchObject({ expires_in: 86_399, associated_user_scope: 'write_products,read_inventory', associated_user: { id: 42, account_owner: true, email_verified: true } });
    expect(await status(online.body.access_token)).toBe(200);
    const lasting = await client.exchange({ expiring: '0' });
    expect(lasting.body).toEqual({ access_token: expect.any(String), scope: 'write_products,read_inventory' });
    await client.order('POST', 'clock', { advanceMs: 1000 * hour });
    expect(await status(lasting.body.access_token)).toBe(200);
  });

  it('takes a form as well as JSON, and refuses wrong credentials and unknown grants', async () => {
    const { token } = await client.order('GET', `id-token?shop=${DEMO}`);
    const form = new URLSearchParams({
      client_id: CREDENTIALS.apiKey, client_secret: CREDENTIALS.apiSecret, grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', subject_token: token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token', requested_token_type: 'urn:shopify:params:oauth:token-type:offline-access-token',
    });
    expect((await fetch(`${client.sim.origin}/admin/oauth/access_token`, { method: 'POST', body: form, headers: { 'x-sim-host': DEMO } })).status).toBe(200);
    expect(await client.exchange({ client_secret: 'wrong' })).toMatchObject({ status: 400, body: { error: 'invalid_client' } });
    expect(await client.exchange({ client_id: 'wrong' })).toMatchObject({ status: 400, body: { error: 'application_cannot_be_found' } });
    expect(await client.exchange({ grant_type: 'password' })).toMatchObject({ status: 400, body: { error: 'unsupported_grant_type' } });
  });
});

describe('refresh', () => {
  const refresh = (token: string) => client.oauth({ grant_type: 'refresh_token', refresh_token: token });
  const spent = { status: 401, body: { error: 'invalid_request', error_description: 'This request requires an active refresh_token' } };

  it('gives a new pair and ends the old access token', async () => {
    const first = await client.login();
    const { status: code, body } = await refresh(first.refresh_token);
    expect(code).toBe(200);
    expect(body).toMatchObject({ expires_in: 3600, scope: 'write_products,read_inventory' });
    expect(body.refresh_token).not.toBe(first.refresh_token);
    expect([await status(first.access_token), await status(body.access_token)]).toEqual([401, 200]);
  });

  it('may be repeated with the same token while its answer may have been lost, until the replacement is used', async () => {
    const first = await client.login();
    const lost = (await refresh(first.refresh_token)).body;
    const again = (await refresh(first.refresh_token)).body;
    expect(again.refresh_token).toBe(lost.refresh_token);
    expect(await status(again.access_token)).toBe(200);
    expect((await refresh(again.refresh_token)).status).toBe(200);
    expect(await refresh(first.refresh_token)).toMatchObject(spent);
  });

  it('is refused after 30 days of retries, after 90 days, and for unknown tokens', async () => {
    const first = await client.login();
    await refresh(first.refresh_token);
    await client.order('POST', 'clock', { advanceMs: 31 * 24 * hour });
    expect(await refresh(first.refresh_token)).toMatchObject(spent);
    const second = await client.login();
    await client.order('POST', 'clock', { advanceMs: 91 * 24 * hour });
    expect(await refresh(second.refresh_token)).toMatchObject(spent);
    expect(await refresh('shprt_unknown')).toMatchObject(spent);
  });
});

it('signs the address of an embedded load as Admin does', async () => {
  const { url } = await client.order('GET', `embedded-url?shop=${DEMO}&path=${encodeURIComponent('/app/changes?tab=open')}`);
  const { pathname, searchParams } = new URL(url);
  expect(pathname).toBe('/app/changes');
  const { hmac, tab, ...signed } = Object.fromEntries(searchParams);
  expect(tab).toBe('open');
  const message = Object.keys({ ...signed, tab: 'open' }).sort().map((name) => `${name}=${name === 'tab' ? tab : signed[name]}`).join('&');
  expect(hmac).toBe(createHmac('sha256', CREDENTIALS.apiSecret).update(message).digest('hex'));
  expect(signed).toMatchObject({ embedded: '1', shop: DEMO, host: Buffer.from('admin.shopify.com/store/demo').toString('base64').replace(/=+$/, '') });
});
