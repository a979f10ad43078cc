import { useFetcher } from '@remix-run/react';
import { useEffect, useState } from 'react';
import { WRITES_PATH, type WritesNow } from './writes-form.ts';

const ASK_EVERY_MS = 30_000;

/** The switch as it is now: from the page, and asked for again now and then, since somebody else may turn it. */
export function useWrites(loaded: WritesNow): WritesNow {
  const { data, load } = useFetcher<WritesNow>();
  const [now, setNow] = useState(loaded);
  useEffect(() => setNow(loaded), [loaded]);
  useEffect(() => {
    if (data) setNow(data);
  }, [data]);
  useEffect(() => {
    const ask = () => {
      if (document.visibilityState === 'visible') load(WRITES_PATH);
    };
    const timer = setInterval(ask, ASK_EVERY_MS);
    document.addEventListener('visibilitychange', ask);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', ask);
    };
  }, [load]);
  return now;
}
