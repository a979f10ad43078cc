import { useBlocker } from '@remix-run/react';
import { useAppBridge } from '@shopify/app-bridge-react';
import { useEffect, type RefObject } from 'react';

/**
 * While there is something unsaved, leaving the page asks Shopify Admin's save bar first.
 * `saved` is set by whoever leaves because everything was saved: the page still shows the draft then.
 */
export function useUnsavedGuard(dirty: boolean, saved: RefObject<boolean>): void {
  const shopify = useAppBridge();
  const blocker = useBlocker(({ currentLocation, nextLocation }) => dirty && !saved.current && currentLocation.pathname !== nextLocation.pathname);
  useEffect(() => {
    if (blocker.state !== 'blocked') return;
    let current = true;
    shopify.saveBar.leaveConfirmation().then(
      () => current && blocker.proceed(),
      () => current && blocker.reset(),
    );
    return () => {
      current = false;
    };
  }, [blocker, shopify]);
}
