import { useFetcher } from '@remix-run/react';
import { useEffect, useState } from 'react';
import { WRITES_PATH, type WritesNow } from './writes-form.ts';

const ASK_EVERY_MS = 30_000;
/** What was in flight when writes were stopped is known soon after. */
const ASK_IN_FLIGHT_MS = 3_000;

/** The switch as it is now: from the page, and asked for again now and then, since somebody else may turn it. */
export function useWrites(loaded: WritesNow): WritesNow {
  const { data, load } = useFetcher<WritesNow>();
  const [now, setNow] = useState(loaded);
  useEffect(() => setNow(loaded), [loaded]);
  useEffect(() => {
    if (data) setNow(data);
  }, [data]);
  const everyMs = now.writes.state === 'stopped' && now.writes.inFlight > 0 ? ASK_IN_FLIGHT_MS : ASK_EVERY_MS;
  useEffect(() => {
    const ask = () => {
      if (document.visibilityState === 'visible') load(WRITES_PATH);
    };
    const timer = setInterval(ask, everyMs);
    document.addEventListener('visibilitychange', ask);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', ask);
    };
  }, [load, everyMs]);
  return now;
}
