import { BlockStack, Card, Text, TextField } from '@shopify/polaris';
import { useState } from 'react';
import type { FieldError } from '../../domain/kernel/result.ts';
import type { LintFinding } from '../../domain/rules/lint-finding.ts';
import { isObject } from '../../domain/rules/findings.ts';
import { NoteList } from './lint-notes.tsx';
import type { RuleDraft } from './rule-draft.ts';

/** The same rule as JSON. Text that is no JSON stays here and is told; everything else goes to the draft as it is typed. */
export function RuleJson({
  draft,
  errors,
  lint,
  readOnly,
  onDraft,
  onBroken,
}: {
  draft: RuleDraft;
  errors: readonly FieldError[];
  lint: readonly LintFinding[];
  readOnly: boolean;
  onDraft: (draft: RuleDraft) => void;
  onBroken: (broken: boolean) => void;
}) {
  const [text, setText] = useState(() => JSON.stringify(draft, null, 2));
  const [broken, setBroken] = useState<string | null>(null);

  const change = (next: string) => {
    setText(next);
    const parsed = parse(next);
    setBroken(parsed.error);
    onBroken(parsed.error !== null);
    if (parsed.draft) onDraft(parsed.draft);
  };
  const problems = errors.map((error) => `${error.pointer || 'Rule'}: ${error.message}`);

  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          Rule as JSON
        </Text>
        <TextField
          label="Rule as JSON"
          labelHidden
          value={text}
          onChange={change}
          multiline={20}
          maxHeight="36rem"
          monospaced
          spellCheck={false}
          readOnly={readOnly}
          autoComplete="off"
          error={broken ?? (problems.length > 0 ? problems.join(' ') : undefined)}
          helpText="Money and percentages are texts such as &quot;12.50&quot;, never bare numbers."
        />
        {broken ? null : <NoteList findings={lint} places />}
      </BlockStack>
    </Card>
  );
}

function parse(text: string): { draft: RuleDraft | null; error: string | null } {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? { draft: value, error: null } : { draft: null, error: 'A rule is a JSON object: it begins with { and ends with }.' };
  } catch (error) {
    return { draft: null, error: `This is not JSON yet: ${error instanceof Error ? error.message : String(error)}` };
  }
}
