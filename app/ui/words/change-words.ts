import type { PriceChange, PriceChangeItemState, PriceChangeState } from '@calibr/types';

type Tone = 'info' | 'success' | 'warning' | 'critical' | 'attention' | 'new' | undefined;

export interface StateWords {
  readonly label: string;
  readonly tone: Tone;
  readonly progress?: 'incomplete' | 'partiallyComplete' | 'complete';
  /** What this state means and what comes next, in one sentence. */
  readonly help: string;
}

export const CHANGE_STATE_WORDS: Readonly<Record<PriceChangeState, StateWords>> = {
  draft: { label: 'Draft', tone: undefined, progress: 'incomplete', help: 'Nothing is planned yet. Preview it to see every price before and after.' },
  previewed: { label: 'To approve', tone: 'attention', progress: 'incomplete', help: 'The plan is ready. Nothing is written until someone approves exactly this plan and applies it.' },
  approved: { label: 'Approved', tone: 'info', progress: 'partiallyComplete', help: 'This exact plan is approved and can be applied.' },
  scheduled: { label: 'Scheduled', tone: 'info', progress: 'partiallyComplete', help: 'This exact plan is approved and starts by itself at the time given.' },
  applying: { label: 'Applying', tone: 'info', progress: 'partiallyComplete', help: 'Prices are being written to your store. You can leave this page; it goes on.' },
  paused: { label: 'Paused', tone: 'warning', progress: 'partiallyComplete', help: 'Nothing more is written until someone resumes it.' },
  applied: { label: 'Applied', tone: 'success', progress: 'complete', help: 'Every planned price is live in your store.' },
  partially_applied: { label: 'Partly applied', tone: 'warning', progress: 'partiallyComplete', help: 'Some prices are live, others are not. Each row says what happened.' },
  failed: { label: 'Failed', tone: 'critical', progress: 'incomplete', help: 'No price was changed. Each row says why.' },
  rejected: { label: 'Rejected', tone: undefined, progress: 'complete', help: 'The plan was turned down. Nothing was written.' },
  cancelled: { label: 'Cancelled', tone: undefined, progress: 'complete', help: 'It was stopped before it was applied.' },
  ending: { label: 'Ending', tone: 'info', progress: 'partiallyComplete', help: 'Prices are being put back to what they are without this change.' },
  ended: { label: 'Ended', tone: undefined, progress: 'complete', help: 'It ran its time and its prices were put back.' },
};

/** The state of a change as it is shown: an approved plan with a time of its own is one that is scheduled. */
export function stateWordsOf(change: Pick<PriceChange, 'state' | 'schedule'>): StateWords {
  return CHANGE_STATE_WORDS[change.state === 'approved' && change.schedule ? 'scheduled' : change.state];
}

export const ITEM_STATE_WORDS: Readonly<Record<PriceChangeItemState, StateWords>> = {
  planned: { label: 'Planned', tone: 'attention', progress: 'incomplete', help: 'Will be written once approved and applied.' },
  unchanged: { label: 'Unchanged', tone: undefined, help: 'Already has the price the rule gives.' },
  blocked: { label: 'Blocked', tone: 'warning', help: 'Cannot be priced by this rule; the reason is given.' },
  queued: { label: 'Waiting', tone: 'info', progress: 'incomplete', help: 'Waits for its turn to be written.' },
  writing: { label: 'Writing', tone: 'info', progress: 'partiallyComplete', help: 'Is being written now.' },
  applied: { label: 'Live', tone: 'success', progress: 'complete', help: 'Written, and read back from your store.' },
  settled: { label: 'Already there', tone: 'success', progress: 'complete', help: 'Your store already showed this price when we came to write it.' },
  conflict: { label: 'Conflict', tone: 'warning', progress: 'partiallyComplete', help: 'Someone changed the price after the preview. The newer price was kept; you decide.' },
  failed: { label: 'Failed', tone: 'critical', progress: 'incomplete', help: 'Shopify did not accept it; the answer is given.' },
  cancelled: { label: 'Not written', tone: undefined, help: 'The change was stopped before this row.' },
  kept: { label: 'Kept', tone: undefined, progress: 'complete', help: 'You kept the price your store showed.' },
};

export const CHANGE_KIND_LABELS: Readonly<Record<PriceChange['kind'], string>> = {
  change: 'Price change',
  rollback: 'Rollback',
  delta: 'Remaining rows',
};

const REASONS: Readonly<Record<string, string>> = {
  base_missing: 'The price the rule starts from is missing',
  cost_missing: 'Unit cost is missing',
  bounds_conflict: 'The lowest allowed price is above the highest allowed one',
  bound_violated: 'The new price is outside the limits',
  negative_price: 'The new price would be below zero',
  zero_price: 'The new price would be zero',
  guardrail_frozen: 'Frozen by your guardrails',
  daily_cap_reached: 'Changed as often today as your guardrails allow',
  guardrail_cost_missing: 'A guardrail needs the unit cost, and there is none',
  guardrail_min_margin: 'Margin would be below your guardrail',
  guardrail_below_cost: 'Price would be below unit cost',
  guardrail_map: 'Price would be below the minimum advertised price',
  guardrail_max_decrease: 'Price would fall further at once than your guardrails allow',
  guardrail_max_increase: 'Price would rise further at once than your guardrails allow',
  cost_currency_differs: 'Unit cost is in another currency than this market\u2019s prices',
  map_price_currency_differs: 'The minimum advertised price is in another currency than this market\u2019s prices',
  no_price_in_bounds: 'No price with this ending lies inside the limits',
  own_price: 'This rule has set this price itself',
  no_longer_selected: 'The rule no longer selects this variant',
  variant_gone: 'The store no longer has this variant',
  price_too_large: 'The price would be larger than can be kept',
  campaign_over: 'The campaign no longer lies on this variant',
  changed_since: 'Someone changed the price after we wrote it; the newer price stays',
};

const WARNINGS: Readonly<Record<string, string>> = {
  compare_at_not_above_price: 'Compare-at price is not above the price',
  below_cost: 'Price is below unit cost',
  reference_above_lowest30: 'Compare-at price is above the lowest price of the last 30 days (EU)',
  insufficient_history: 'Not enough history to check the compare-at price (EU)',
  beneath_campaign: 'Another campaign lies above and shows its price',
  extreme_change: 'A fifth of the price or less, or five times it or more',
  guardrail_clamped: 'Held at the limit of a guardrail',
  guardrail_cost_missing: 'A guardrail could not look: unit cost is missing',
  guardrail_min_margin: 'Margin is below your guardrail',
  guardrail_below_cost: 'Price is below unit cost (guardrail)',
  guardrail_map: 'Price is below the minimum advertised price',
  guardrail_max_decrease: 'Falls further at once than your guardrails allow',
  guardrail_max_increase: 'Rises further at once than your guardrails allow',
  author_unknown: 'The store already had this price; who set it is not known',
};

/** A code such as `cost_missing` as words; one without words of its own is at least readable. */
function wordsOf(code: string, table: Readonly<Record<string, string>>): string {
  const words = table[code];
  if (words) return words;
  const text = code.replaceAll('_', ' ').trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function reasonWords(code: string): string {
  return wordsOf(code, REASONS);
}

export function warningWords(code: string): string {
  return wordsOf(code, WARNINGS);
}
