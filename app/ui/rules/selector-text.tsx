import { BlockStack, Button, Collapsible, InlineStack, Text, TextField } from '@shopify/polaris';
import { useEffect, useId, useMemo, useRef, useState } from 'react';
import { Findings } from '../../domain/rules/findings.ts';
import type { Selector } from '../../domain/rules/rule.ts';
import { parseSearch } from '../../domain/rules/search/parse.ts';
import { printSearch } from '../../domain/rules/search/print.ts';
import type { SearchFault } from '../../domain/rules/search/scanner.ts';
import { checkSelector } from '../../domain/rules/validate-selector.ts';
import { useDraft } from './draft-context.tsx';
import type { Path } from './rule-draft.ts';

const SELECTOR: Path = ['selector'];

/** The text of a selector, or null while a condition is not complete. */
function textOf(selector: unknown): string | null {
  const findings = new Findings();
  checkSelector(selector, '', findings);
  return findings.errors.length === 0 ? printSearch(selector as Selector) : null;
}

/**
 * The selector as text in Shopify's search syntax. It follows the builder; what is typed here goes to the builder as soon as it
 * can be read. Text that cannot be read stays, is told as `fault`, and leaves the selector as it was.
 */
export function SelectorText({ fault, onFault }: { fault: SearchFault | null; onFault: (fault: SearchFault | null) => void }) {
  const { read, write, readOnly } = useDraft();
  const selector = read(SELECTOR);
  const printed = useMemo(() => textOf(selector), [selector]);
  const shown = useRef(printed ?? '');
  if (printed !== null) shown.current = printed;
  const [typed, setTyped] = useState<string | null>(null);
  // The selector that the typed text said: any other comes from the builder, and the text follows it again.
  const said = useRef<unknown>(selector);

  useEffect(() => {
    if (selector === said.current) return;
    said.current = selector;
    setTyped(null);
    onFault(null);
  }, [selector, onFault]);

  const change = (next: string) => {
    setTyped(next);
    const parsed = parseSearch(next);
    onFault(parsed.ok ? null : parsed.error);
    if (!parsed.ok) return;
    said.current = parsed.value;
    write(SELECTOR, parsed.value);
  };

  return (
    <BlockStack gap="200">
      <TextField
        label="As search text"
        value={typed ?? shown.current}
        onChange={change}
        onBlur={() => fault === null && setTyped(null)}
        multiline={1}
        maxHeight="12rem"
        monospaced
        spellCheck={false}
        placeholder="tag:summer price:>10 -vendor:Acme"
        helpText={printed === null && typed === null ? 'Complete the conditions below to see them as text.' : 'As in Shopify’s search. What you write here changes the conditions below, and the other way round.'}
        error={fault ? `Character ${fault.column}: ${fault.message}` : undefined}
        disabled={readOnly}
        autoComplete="off"
      />
      <SyntaxHelp />
    </BlockStack>
  );
}

const EXAMPLES: readonly (readonly [string, string])[] = [
  ['tag:summer price:>10', 'both are true; :>= :< and :<= compare too'],
  ['tag:summer OR tag:sale', 'one of them is true'],
  ['-vendor:Acme', 'is not; NOT vendor:Acme is the same'],
  ['(tag:a OR tag:b) price:<5', 'parentheses keep together'],
  ['vendor:"Big Co"', 'a value with spaces'],
  ['sku:AB* sku:*-XL', 'begins with, ends with'],
  ['status:active,draft', 'one of a list'],
  ['cost:* -barcode:*', 'is set, is not set'],
  ['title:mug title:="Trail Mug"', 'a part of the title, the whole of it'],
  ['option.Size:M margin:<20', 'options by name; margin in percent'],
  ['mug', 'anywhere in title, vendor, SKU, variant title or product type'],
];

function SyntaxHelp() {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <>
      <InlineStack>
        <Button variant="plain" disclosure={open ? 'up' : 'down'} ariaExpanded={open} ariaControls={id} onClick={() => setOpen(!open)}>
          How to write it
        </Button>
      </InlineStack>
      <Collapsible id={id} open={open}>
        <dl style={{ display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 15rem), 1fr))', gap: 'var(--p-space-200) var(--p-space-400)', margin: 0 }}>
          {EXAMPLES.map(([text, meaning]) => (
            <div key={text}>
              <dt style={{ fontFamily: 'var(--p-font-family-mono)', overflowWrap: 'anywhere' }}>{text}</dt>
              <dd style={{ margin: 0 }}>
                <Text as="span" variant="bodySm" tone="subdued">
                  {meaning}
                </Text>
              </dd>
            </div>
          ))}
        </dl>
      </Collapsible>
    </>
  );
}
