import type { PriceChange } from '@calibr/types';
import { useEffect, useState } from 'react';

/** A bulk operation of Shopify's takes about a minute; what is silent for longer is worth a word. */
const SILENT_MS = 90_000;

/** Whether a change that is being written has not moved for longer than it should, as far as this page has watched. */
export function useStalled(change: PriceChange): boolean {
  const writing = (change.state === 'applying' || change.state === 'ending') && !change.writesStopped;
  const standing = JSON.stringify(change.progress);
  const [stalled, setStalled] = useState(false);
  useEffect(() => {
    setStalled(false);
    if (!writing) return;
    const timer = setTimeout(() => setStalled(true), SILENT_MS);
    return () => clearTimeout(timer);
  }, [writing, standing]);
  return stalled;
}
