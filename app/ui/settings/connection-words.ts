import { keyWords } from '../words/audit-words.ts';

/** Details of a connection in the order in which a person asks for them; null: for operators and the API only. */
const LABELS: Readonly<Record<string, string | null>> = {
  problem: 'Problem',
  scopesMissing: 'Permissions missing',
  webhooksProblem: 'Notices problem',
  writesStoppedSince: 'Writes stopped since',
  lastSuccessAt: 'Last answer',
  webhooksPresent: 'Notices from Shopify set up',
  webhooksCheckedAt: 'Notices checked',
  latencyMs: 'Answer time in ms',
  apiVersion: 'API version',
  scopesGranted: 'Permissions',
  webhooks: null,
  webhooksMade: null,
  webhooksMoved: null,
  pointsAvailable: null,
  pointsMaximum: null,
  pointsRestoredPerSecond: null,
  requestsThrottled: null,
};
const ORDER = Object.keys(LABELS);

/** What is worth telling of a connection's details, most important first; details without words of their own come last. */
export function connectionFacts(detail: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] {
  const rank = (key: string): number => (ORDER.includes(key) ? ORDER.indexOf(key) : ORDER.length);
  return Object.entries(detail)
    .filter(([key]) => LABELS[key] !== null)
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(([key, value]) => [LABELS[key] ?? keyWords(key), value] as const);
}
