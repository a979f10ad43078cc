import { createContext, useContext, useMemo, type ReactNode } from 'react';
import type { FieldError } from '../../domain/kernel/result.ts';
import type { LintFinding } from '../../domain/rules/lint-finding.ts';
import type { CatalogFacets } from '../pricing/catalog-filter-bar.tsx';
import { errorAt, errorWithin, pointerOf, valueAt, withoutMemberAt, withValueAt, type Path, type RuleDraft } from './rule-draft.ts';

export interface DraftEditor {
  readonly draft: RuleDraft;
  readonly currencyCode: string;
  readonly facets: CatalogFacets;
  readonly readOnly: boolean;
  readonly read: (path: Path) => unknown;
  /** Text at a path, '' where there is none. */
  readonly text: (path: Path) => string;
  readonly write: (path: Path, value: unknown) => void;
  readonly remove: (path: Path) => void;
  /** The error to show at exactly this place, or at it and below; nothing before the place was touched or a save was tried. */
  readonly error: (path: Path) => string | undefined;
  readonly errorBelow: (path: Path) => string | undefined;
  /** What lint says of exactly this place, or of it and all below. */
  readonly findings: (path: Path, within: boolean) => readonly LintFinding[];
}

const Context = createContext<DraftEditor | null>(null);

export function useDraft(): DraftEditor {
  const editor = useContext(Context);
  if (!editor) throw new Error('useDraft outside of a DraftProvider');
  return editor;
}

/** Gives the controls of the rule editor the draft, and the errors that may be shown. */
export function DraftProvider({
  draft,
  onDraft,
  touched,
  showAll,
  errors,
  lint,
  currencyCode,
  facets,
  readOnly,
  children,
}: {
  draft: RuleDraft;
  onDraft: (draft: RuleDraft, pointer: string) => void;
  touched: ReadonlySet<string>;
  showAll: boolean;
  errors: readonly FieldError[];
  lint: readonly LintFinding[];
  currencyCode: string;
  facets: CatalogFacets;
  readOnly: boolean;
  children: ReactNode;
}) {
  const editor = useMemo<DraftEditor>(() => {
    const shown = showAll ? errors : errors.filter((error) => [...touched].some((pointer) => error.pointer === pointer || error.pointer.startsWith(`${pointer}/`)));
    return {
      draft,
      currencyCode,
      facets,
      readOnly,
      read: (path) => valueAt(draft, path),
      text: (path) => {
        const value = valueAt(draft, path);
        return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
      },
      write: (path, value) => onDraft(withValueAt(draft, path, value), pointerOf(path)),
      remove: (path) => onDraft(withoutMemberAt(draft, path), ''),
      error: (path) => errorAt(shown, path),
      errorBelow: (path) => errorWithin(shown, path),
      findings: (path, within) => {
        const pointer = pointerOf(path);
        return lint.filter((finding) => finding.pointer === pointer || (within && finding.pointer.startsWith(`${pointer}/`)));
      },
    };
  }, [draft, onDraft, touched, showAll, errors, lint, currencyCode, facets, readOnly]);
  return <Context.Provider value={editor}>{children}</Context.Provider>;
}
