import { useFetcher, useNavigate } from '@remix-run/react';
import { SaveBar, useAppBridge } from '@shopify/app-bridge-react';
import { BlockStack, Button, ButtonGroup, Card, Layout, Page, Text, TextField } from '@shopify/polaris';
import type { DiscountPolicy, PriceList, RuleVersion } from '@calibr/types';
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { isCurrencyCode } from '../../domain/kernel/currency.ts';
import type { FieldError, Problem } from '../../domain/kernel/result.ts';
import type { LintFinding } from '../../domain/rules/lint-finding.ts';
import { lintRule } from '../../domain/rules/lint.ts';
import type { Rule } from '../../domain/rules/rule.ts';
import type { SearchFault } from '../../domain/rules/search/scanner.ts';
import { validateRule } from '../../domain/rules/validate.ts';
import { formatDateTime } from '../format/time.ts';
import { ConfirmModal } from '../parts/confirm-modal.tsx';
import { Inset } from '../parts/inset.tsx';
import { ProblemBanner } from '../parts/problem-banner.tsx';
import type { CatalogFacets } from '../pricing/catalog-filter-bar.tsx';
import { may, type Role } from '../words/role-words.ts';
import { DraftProvider, useDraft } from './draft-context.tsx';
import { CompareAtEditor, RoundingEditor } from './finish-editor.tsx';
import { LintNotes } from './lint-notes.tsx';
import { RuleJson } from './rule-json.tsx';
import type { RuleDraft } from './rule-draft.ts';
import { PastSample } from './past-sample.tsx';
import { SampleDiff } from './sample-diff.tsx';
import { RuleAutomationCard } from './schedule-automation.tsx';
import { ScheduleEditor } from './schedule-editor.tsx';
import { SelectorBuilder } from './selector-builder.tsx';
import { SelectorText } from './selector-text.tsx';
import { TargetSelect } from './target-select.tsx';
import { PriceLimits, PriceSteps } from './transform-editor.tsx';
import { useRuleSample } from './use-rule-sample.ts';
import { useUnsavedGuard } from './use-unsaved-guard.ts';

export interface RuleEditorData {
  /** The saved rule, or null for a new one. */
  readonly saved: DiscountPolicy | null;
  readonly initial: RuleDraft;
  readonly facets: CatalogFacets;
  readonly role: Role;
  readonly currencyCode: string;
  readonly timeZone: string;
  readonly priceLists: readonly PriceList[];
  /** The newest versions of a saved rule. */
  readonly versions?: readonly RuleVersion[];
}

/** Answer of the editor's actions; a preview and a deletion answer with a redirect instead. */
export type RuleAnswer = { readonly problem: Problem } | { readonly saved: DiscountPolicy };

const NAME_MISSING: FieldError = { pointer: '/name', code: 'required', message: 'Give the rule a name.' };

function errorsOf(draft: RuleDraft, currencyCode: string): readonly FieldError[] {
  const result = isCurrencyCode(currencyCode) ? validateRule(draft, currencyCode) : null;
  const errors = result && !result.ok ? [...(result.error.errors ?? [])] : [];
  if (typeof draft.name !== 'string' || draft.name.trim() === '') errors.push(NAME_MISSING);
  return errors;
}

/** What is odd about the draft, once it is a valid rule. */
function lintOf(draft: RuleDraft, currencyCode: string): readonly LintFinding[] {
  if (!isCurrencyCode(currencyCode) || !validateRule(draft, currencyCode).ok) return [];
  return lintRule(draft as unknown as Rule, currencyCode, Date.now());
}

/** Writes a rule, beside what it would do to the catalog. */
export function RuleEditorPage({ saved, initial, facets, role, currencyCode, timeZone, priceLists, versions = [] }: RuleEditorData) {
  const shopify = useAppBridge();
  const navigate = useNavigate();
  const fetcher = useFetcher<RuleAnswer>();
  const [draft, setDraft] = useState(initial);
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [showAll, setShowAll] = useState(false);
  const [json, setJson] = useState(false);
  const [broken, setBroken] = useState(false);
  /** What is wrong with the search text, which then says something else than the conditions. */
  const [textFault, setTextFault] = useState<SearchFault | null>(null);
  const [deleting, setDeleting] = useState(false);
  const [priceListId, setPriceListId] = useState('');
  // Bumped where the draft is replaced from outside, so that the JSON view starts again from it.
  const [edition, setEdition] = useState(0);

  const readOnly = !may(role, 'editor');
  const errors = useMemo(() => {
    const found = errorsOf(draft, currencyCode);
    return textFault ? [...found, { pointer: '/selector', code: textFault.code, message: textFault.message }] : found;
  }, [draft, currencyCode, textFault]);
  const settledDraft = useDeferredValue(draft);
  const lint = useMemo(() => lintOf(settledDraft, currencyCode), [settledDraft, currencyCode]);
  const priceable = errors.every((error) => error === NAME_MISSING);
  const reference = useMemo(() => JSON.stringify(saved ? saved.rule : initial), [saved, initial]);
  const dirty = !readOnly && (broken || textFault !== null || JSON.stringify(draft) !== reference);
  const { sample, problem: sampleProblem, loading: sampling } = useRuleSample(draft, priceable && !broken);
  const submitting = fetcher.state !== 'idle';
  const intent = fetcher.formData?.get('intent');
  const answer = submitting ? undefined : fetcher.data;
  const problem = answer && 'problem' in answer ? answer.problem : null;

  const savedNow = useRef(false);
  useUnsavedGuard(dirty && !submitting, savedNow);

  const change = useCallback((next: RuleDraft, pointer: string) => {
    setDraft(next);
    if (pointer) setTouched((before) => (before.has(pointer) ? before : new Set(before).add(pointer)));
  }, []);

  const submit = (wanted: 'save' | 'preview') => {
    setShowAll(true);
    if (errors.length > 0 || broken) {
      document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
      return;
    }
    fetcher.submit({ intent: wanted, rule: JSON.stringify(draft), dirty: String(dirty), version: String(saved?.version ?? ''), priceListId }, { method: 'post' });
  };

  useEffect(() => {
    if (!answer || !('saved' in answer)) return;
    shopify.toast.show('Rule saved');
    setShowAll(false);
    setTouched(new Set());
    savedNow.current = !saved;
    if (!saved) navigate(`/app/rules/${answer.saved.id}`, { replace: true });
    else setDraft(answer.saved.rule);
  }, [answer]);

  const discard = () => {
    setDraft(saved ? saved.rule : initial);
    setTouched(new Set());
    setShowAll(false);
    setBroken(false);
    setTextFault(null);
    setEdition((before) => before + 1);
  };

  return (
    <Page
      fullWidth
      title={saved ? saved.name : 'New rule'}
      subtitle={saved ? `Version ${saved.version}, saved ${formatDateTime(saved.updatedAt, timeZone)}` : undefined}
      backAction={{ content: 'Rules', url: '/app/rules' }}
      primaryAction={
        readOnly ? undefined : { content: dirty || !saved ? 'Save and preview change' : 'Preview change', onAction: () => submit('preview'), loading: submitting && intent === 'preview', disabled: submitting }
      }
      secondaryActions={saved && !readOnly ? [{ content: 'Delete', destructive: true, onAction: () => setDeleting(true), disabled: submitting }] : []}
    >
      <SaveBar id="rule-save-bar" open={dirty}>
        <button type="button" {...{ variant: 'primary' }} onClick={() => submit('save')} disabled={submitting}>
          Save
        </button>
        <button type="button" onClick={discard} disabled={submitting}>
          Discard
        </button>
      </SaveBar>
      <DraftProvider draft={draft} onDraft={change} touched={touched} showAll={showAll} errors={errors} lint={lint} currencyCode={currencyCode} facets={facets} readOnly={readOnly}>
        <Layout>
          <Layout.Section>
            <BlockStack gap="400">
              {problem ? <ProblemBanner problem={problem} /> : null}
              <RuleName shopNote={`Prices are in ${currencyCode}. Times are in ${timeZone}.`} />
              {readOnly ? null : <TargetSelect priceLists={priceLists} value={priceListId} currencyCode={currencyCode} onChange={setPriceListId} />}
              <Inset>
                <ButtonGroup variant="segmented">
                  <Button pressed={!json} onClick={() => !broken && setJson(false)} disabled={broken}>
                    Form
                  </Button>
                  <Button pressed={json} onClick={() => textFault === null && setJson(true)} disabled={textFault !== null}>
                    JSON
                  </Button>
                </ButtonGroup>
              </Inset>
              {json ? (
                <RuleJson key={edition} draft={draft} errors={errors} lint={lint} readOnly={readOnly} onBroken={setBroken} onDraft={(next) => change(next, '')} />
              ) : (
                <RuleForm key={edition} fault={textFault} onFault={setTextFault} timeZone={timeZone} />
              )}
              <PastSample draft={draft} ready={priceable && !broken} timeZone={timeZone} />
              {saved ? <RuleAutomationCard saved={saved} versions={versions} timeZone={timeZone} readOnly={readOnly} unsaved={dirty} /> : null}
            </BlockStack>
          </Layout.Section>
          <Layout.Section variant="oneThird">
            <div style={{ position: 'sticky', insetBlockStart: 'var(--p-space-400)' }}>
              <SampleDiff sample={sample} problem={sampleProblem} loading={sampling} incomplete={!priceable || broken} />
            </div>
          </Layout.Section>
        </Layout>
      </DraftProvider>
      {deleting && saved ? (
        <ConfirmModal
          title={`Delete ${saved.name}?`}
          confirm="Delete rule"
          destructive
          loading={submitting && intent === 'delete'}
          onClose={() => setDeleting(false)}
          onConfirm={() => fetcher.submit({ intent: 'delete' }, { method: 'post' })}
        >
          <Text as="p">It can no longer be used for new price changes. Changes made with it keep their copy and their history, and no price in your store changes.</Text>
          {problem ? <ProblemBanner problem={problem} /> : null}
        </ConfirmModal>
      ) : null}
    </Page>
  );
}

function RuleName({ shopNote }: { shopNote: string }) {
  const { text, write, error, readOnly } = useDraft();
  return (
    <Card>
      <TextField
        label="Name"
        value={text(['name'])}
        onChange={(name) => write(['name'], name)}
        maxLength={200}
        disabled={readOnly}
        error={error(['name'])}
        helpText={shopNote}
        autoComplete="off"
        requiredIndicator
      />
    </Card>
  );
}

function RuleForm({ fault, onFault, timeZone }: { fault: SearchFault | null; onFault: (fault: SearchFault | null) => void; timeZone: string }) {
  const { text, write, error, readOnly } = useDraft();
  const priority = text(['priority']);
  return (
    <>
      <Card>
        <BlockStack gap="400">
          <Text as="h2" variant="headingMd">
            Change variants where
          </Text>
          <SelectorText fault={fault} onFault={onFault} />
          <SelectorBuilder />
        </BlockStack>
      </Card>
      <PriceSteps />
      <PriceLimits />
      <RoundingEditor />
      <CompareAtEditor />
      <ScheduleEditor timeZone={timeZone} />
      <Card>
        <TextField
          label="Priority"
          value={priority}
          onChange={(value) => write(['priority'], priorityOf(value))}
          inputMode="numeric"
          placeholder="0"
          helpText="Where campaigns overlap on a variant, the one with the larger number shows."
          disabled={readOnly}
          error={error(['priority'])}
          autoComplete="off"
        />
        <LintNotes path={['priority']} />
      </Card>
    </>
  );
}

/** A whole number as JSON number; what is none yet stays text, and is told as an error. */
function priorityOf(text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  return /^-?\d{1,15}$/.test(trimmed) ? Number(trimmed) : trimmed;
}
