import { useEffect, useRef, useState } from 'react';

/** The value as it was once it stayed the same for `delayMs`. */
export function useDebounced<T>(value: T, delayMs: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), delayMs);
    return () => clearTimeout(timer);
  }, [value, delayMs]);
  return settled;
}

/**
 * A text field's own text, told to `onSettled` once typing pauses. Where the outer value changes for another reason
 * (a view chosen, filters cleared) the field follows.
 */
export function useSettledText(outer: string, onSettled: (text: string) => void, delayMs = 300): [string, (text: string) => void] {
  const [text, setText] = useState(outer);
  const told = useRef(outer);
  const callback = useRef(onSettled);
  callback.current = onSettled;

  useEffect(() => {
    if (outer !== told.current) {
      told.current = outer;
      setText(outer);
    }
  }, [outer]);

  useEffect(() => {
    if (text === told.current) return;
    const timer = setTimeout(() => {
      told.current = text;
      callback.current(text);
    }, delayMs);
    return () => clearTimeout(timer);
  }, [text, delayMs]);

  return [text, setText];
}
