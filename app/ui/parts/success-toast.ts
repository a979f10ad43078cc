import { useAppBridge } from '@shopify/app-bridge-react';
import { useEffect, useRef } from 'react';

/** Shows a toast for each new success message; problems never go there. `key` tells two equal messages apart. */
export function useSuccessToast(message: string | null | undefined, key: unknown): void {
  const shopify = useAppBridge();
  const shown = useRef<unknown>(undefined);
  useEffect(() => {
    if (!message || shown.current === key) return;
    shown.current = key;
    shopify.toast.show(message);
  }, [message, key, shopify]);
}
