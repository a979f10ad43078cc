/**
 * POST /admin/oauth/access_token: token exchange and refresh.
 * Facts from Shopify's documentation and changelog: an expiring offline token lives an hour, its refresh token 90
 * days; a new expiring token revokes the earlier ones of that shop; a refresh token may be sent again (the answer
 * may have been lost) until its replacement is used, at most 30 days; a spent one answers 401 "This request
 * requires an active refresh_token"; a bad session token answers 400 invalid_subject_token.
 */
import { randomBytes } from 'node:crypto';
import { readSessionToken } from './session-token.ts';
import type { AccessToken, RefreshToken, Shop } from './shop.ts';
import type { Simulator } from './simulator.ts';

const OFFLINE_SECONDS = 3_600;
const ONLINE_SECONDS = 86_399;
const REFRESH_SECONDS = 90 * 24 * 3_600;
const RETRY_MS = 30 * 24 * 3_600_000;

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';
const OFFLINE = 'urn:shopify:params:oauth:token-type:offline-access-token';
const ONLINE = 'urn:shopify:params:oauth:token-type:online-access-token';

export interface OAuthAnswer {
  status: number;
  body: Record<string, unknown>;
}

function refuse(status: number, error: string, description: string): OAuthAnswer {
  return { status, body: { error, error_description: description } };
}

/** Answers a token request. `shop` is undefined for a domain that is no shop. */
export function grantToken(sim: Simulator, shop: Shop | undefined, request: Record<string, unknown>): OAuthAnswer {
  if (!shop) return refuse(404, 'invalid_request', 'The shop does not exist');
  const { config } = sim;
  if (request['client_id'] !== config.apiKey) return refuse(400, 'application_cannot_be_found', 'Could not find Shopify API application with api_key');
  if (request['client_secret'] !== config.apiSecret) return refuse(400, 'invalid_client', 'Client authentication failed');
  if (request['grant_type'] === 'refresh_token') return refresh(sim, shop, String(request['refresh_token'] ?? ''));
  if (request['grant_type'] === TOKEN_EXCHANGE) return exchange(sim, shop, request);
  return refuse(400, 'unsupported_grant_type', `The grant type ${String(request['grant_type'])} is not supported`);
}

function exchange(sim: Simulator, shop: Shop, request: Record<string, unknown>): OAuthAnswer {
  const { subject_token: subject, subject_token_type: subjectType, requested_token_type: requested } = request;
  if (!subject) return refuse(400, 'missing_subject_token', 'The subject_token is missing');
  if (subjectType !== ID_TOKEN) return refuse(400, 'invalid_subject_token_type', `Unsupported subject_token_type '${String(subjectType)}'`);
  const claims = readSessionToken(sim.config, String(subject), sim.clock.now());
  if (!claims || claims.dest !== `https://${shop.domain}`) return refuse(400, 'invalid_subject_token', 'The id_token is invalid');
  if (requested === ONLINE) return { status: 200, body: onlineToken(sim, shop, claims.sub) };
  if (requested !== OFFLINE) return refuse(400, 'invalid_requested_token_type', `Unsupported requested_token_type '${String(requested)}'`);
  install(sim, shop);
  if (String(request['expiring']) !== '1') return { status: 200, body: plainToken(shop) };
  // Getting a new expiring token revokes all earlier expiring ones.
  for (const token of [...shop.installation.tokens.values()]) {
    if (token.kind === 'offline' && token.expiresAt !== null) shop.installation.tokens.delete(token.token);
  }
  shop.installation.refreshTokens.clear();
  return { status: 200, body: tokenPair(sim, shop, null) };
}

/** Opening the app of a shop that removed it installs it again with the scopes of the app's configuration. */
function install(sim: Simulator, shop: Shop): void {
  if (shop.installation.installed) return;
  shop.installation.installed = true;
  shop.installation.scopes = [...sim.config.scopes];
}

function refresh(sim: Simulator, shop: Shop, token: string): OAuthAnswer {
  const { refreshTokens, tokens, installed } = shop.installation;
  const spent = refuse(401, 'invalid_request', 'This request requires an active refresh_token');
  const entry = refreshTokens.get(token);
  const now = sim.clock.now();
  if (!entry || !installed || entry.expiresAt <= now) return spent;
  if (entry.firstUsedAt !== null && now - entry.firstUsedAt > RETRY_MS) return spent;
  // Using a replacement retires what it replaced.
  if (entry.predecessor !== null) refreshTokens.delete(entry.predecessor);
  const replacement = entry.replacement === null ? undefined : refreshTokens.get(entry.replacement);
  if (replacement) {
    const access = tokens.get(replacement.accessToken) ?? newAccessToken(shop, 'offline', null, null);
    access.expiresAt = now + OFFLINE_SECONDS * 1000;
    replacement.accessToken = access.token;
    return { status: 200, body: pairBody(sim, shop, access, replacement) };
  }
  entry.firstUsedAt ??= now;
  tokens.delete(entry.accessToken);
  return { status: 200, body: tokenPair(sim, shop, entry) };
}

function newAccessToken(shop: Shop, kind: 'offline' | 'online', userId: string | null, expiresAt: number | null): AccessToken {
  const token: AccessToken = { token: `${kind === 'online' ? 'shpua' : 'shpat'}_${randomBytes(16).toString('hex')}`, kind, userId, expiresAt };
  shop.installation.tokens.set(token.token, token);
  return token;
}

function tokenPair(sim: Simulator, shop: Shop, predecessor: RefreshToken | null): Record<string, unknown> {
  const now = sim.clock.now();
  const access = newAccessToken(shop, 'offline', null, now + OFFLINE_SECONDS * 1000);
  const refreshToken: RefreshToken = {
    token: `shprt_${randomBytes(16).toString('hex')}`, accessToken: access.token, expiresAt: now + REFRESH_SECONDS * 1000,
    firstUsedAt: null, replacement: null, predecessor: predecessor?.token ?? null,
  };
  shop.installation.refreshTokens.set(refreshToken.token, refreshToken);
  if (predecessor) predecessor.replacement = refreshToken.token;
  return pairBody(sim, shop, access, refreshToken);
}

function pairBody(sim: Simulator, shop: Shop, access: AccessToken, refreshToken: RefreshToken): Record<string, unknown> {
  return {
    access_token: access.token, scope: shop.grantedScopes().join(','), expires_in: OFFLINE_SECONDS,
    refresh_token: refreshToken.token, refresh_token_expires_in: Math.ceil((refreshToken.expiresAt - sim.clock.now()) / 1000),
  };
}

function plainToken(shop: Shop): Record<string, unknown> {
  return { access_token: newAccessToken(shop, 'offline', null, null).token, scope: shop.grantedScopes().join(',') };
}

function onlineToken(sim: Simulator, shop: Shop, userId: string): Record<string, unknown> {
  install(sim, shop);
  const scope = shop.grantedScopes().join(',');
  const access = newAccessToken(shop, 'online', userId, sim.clock.now() + ONLINE_SECONDS * 1000);
  return {
    access_token: access.token, scope, expires_in: ONLINE_SECONDS, associated_user_scope: scope,
    associated_user: {
      id: Number(userId) || 42, first_name: 'Robin', last_name: 'Merchant', email: `user${userId}@${shop.domain}`,
      account_owner: userId === '42', locale: 'en', collaborator: false, email_verified: true,
    },
  };
}
