import type { ConditionOp, Rule, Selector, Step, StepType } from '../../domain/rules/rule.ts';
import { below } from '../../domain/rules/findings.ts';
import type { FieldError } from '../../domain/kernel/result.ts';

/**
 * A rule while it is being written: the JSON itself, complete or not. Controls read and write it by JSON pointer,
 * the JSON view shows the same object, and so switching between the two loses nothing.
 */
export type RuleDraft = Readonly<Record<string, unknown>>;

export type PathStep = string | number;
export type Path = readonly PathStep[];

export function pointerOf(path: Path): string {
  return path.reduce<string>((pointer, step) => below(pointer, step), '');
}

/** The value at a path, or undefined where there is none. */
export function valueAt(draft: unknown, path: Path): unknown {
  let value = draft;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<PathStep, unknown>)[step];
  }
  return value;
}

/** A copy with the value at the path; undefined takes a member away. Missing objects on the way are made. */
export function withValueAt<T>(draft: T, path: Path, value: unknown): T {
  const [step, ...rest] = path;
  if (step === undefined) return value as T;
  if (Array.isArray(draft)) {
    const copy: unknown[] = [...draft];
    copy[Number(step)] = withValueAt(copy[Number(step)], rest, value);
    return copy as T;
  }
  const object = (typeof draft === 'object' && draft !== null ? draft : {}) as Record<string, unknown>;
  const next = withValueAt(object[step], rest, value);
  if (next === undefined) {
    const { [step]: _removed, ...others } = object;
    return others as T;
  }
  return { ...object, [step]: next } as T;
}

/** A copy without the list's member at the path. */
export function withoutMemberAt<T>(draft: T, path: Path): T {
  const list = valueAt(draft, path.slice(0, -1));
  if (!Array.isArray(list)) return draft;
  return withValueAt(
    draft,
    path.slice(0, -1),
    list.filter((_, index) => index !== path.at(-1)),
  );
}

export function newRule(selector: Selector = { all: [] }, name = ''): Rule {
  return { name, selector, transform: { base: 'price', steps: [{ type: 'percent', value: '-10' }] } };
}

/** What a freshly chosen step begins with: the number is the merchant's to give. */
export function newStep(type: StepType): Step {
  return { type, value: '' };
}

/** The value a condition begins with once its op (or its field's kind) changes; what still fits is kept. */
export function fittingValue(op: ConditionOp, old: unknown): unknown {
  if (op === 'isSet' || op === 'isNotSet') return undefined;
  const texts = (Array.isArray(old) ? old : [old]).filter((value) => typeof value === 'string' || typeof value === 'number').map(String);
  if (op === 'in' || op === 'notIn') return texts.filter((text) => text !== '');
  if (op === 'between') return [texts[0] ?? '', texts[1] ?? ''];
  return texts[0] ?? '';
}

/** The first error exactly at a pointer. */
export function errorAt(errors: readonly FieldError[], path: Path): string | undefined {
  const pointer = pointerOf(path);
  return errors.find((error) => error.pointer === pointer)?.message;
}

/** The first error at a pointer or anywhere below it, for a control that holds a whole value. */
export function errorWithin(errors: readonly FieldError[], path: Path): string | undefined {
  const pointer = pointerOf(path);
  return errors.find((error) => error.pointer === pointer || error.pointer.startsWith(`${pointer}/`))?.message;
}
