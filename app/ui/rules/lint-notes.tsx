import { BlockStack, Icon, Text } from '@shopify/polaris';
import { AlertCircleIcon, AlertTriangleIcon, InfoIcon } from '@shopify/polaris-icons';
import type { LintFinding, LintSeverity } from '../../domain/rules/lint-finding.ts';
import { useDraft } from './draft-context.tsx';
import type { Path } from './rule-draft.ts';

const LOOKS: Readonly<Record<LintSeverity, { readonly word: string; readonly icon: typeof InfoIcon; readonly tone: 'critical' | 'caution' | 'subdued' }>> = {
  contradiction: { word: 'Contradiction', icon: AlertCircleIcon, tone: 'critical' },
  warning: { word: 'Check this', icon: AlertTriangleIcon, tone: 'caution' },
  hint: { word: 'Hint', icon: InfoIcon, tone: 'subdued' },
};

/** What is odd about this place of the rule; with `within`, also about everything below it. */
export function LintNotes({ path, within = false }: { path: Path; within?: boolean }) {
  const { findings } = useDraft();
  return <NoteList findings={findings(path, within)} />;
}

/** Findings as a list, each with what it weighs and what to do; with `places`, also where it is. */
export function NoteList({ findings, places = false }: { findings: readonly LintFinding[]; places?: boolean }) {
  if (findings.length === 0) return null;
  return (
    <BlockStack as="ul" gap="100">
      {findings.map(({ code, severity, pointer, message, advice }) => {
        const { word, icon, tone } = LOOKS[severity];
        return (
          <li key={`${pointer} ${code}`} style={{ display: 'flex', gap: 'var(--p-space-100)', listStyle: 'none' }}>
            <span style={{ flex: 'none' }}>
              <Icon source={icon} tone={tone} />
            </span>
            <div style={{ minWidth: 0 }}>
              <Text as="p" variant="bodySm" tone={tone} breakWord>
                <Text as="span" fontWeight="semibold">
                  {word}
                  {places ? ` at ${pointer}` : ''}:
                </Text>{' '}
                {message} {advice}
              </Text>
            </div>
          </li>
        );
      })}
    </BlockStack>
  );
}
