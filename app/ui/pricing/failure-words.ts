/** Why a sync ended, as whole sentences, and what a merchant can do where it is in their hands. */
export function failureWords(error: string | null | undefined): string {
  const text = (error ?? '').trim();
  if (text === '') return 'It stopped before it was done.';
  const sentence = /[.!?]$/.test(text) ? text : `${text}.`;
  if (/access token is not valid/.test(text)) return `${sentence} Reload this page, which renews Calibrate’s access; if that does not help, install the app again.`;
  return /not reachable|timed out|no answer|HTTP 5\d\d|answered 5\d\d/i.test(text) ? `${sentence} Shopify may have trouble: try again in a few minutes.` : sentence;
}
