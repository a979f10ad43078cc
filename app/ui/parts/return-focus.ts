import { useEffect, useState } from 'react';

/**
 * For a dialog that is mounted when it opens: gives the focus back to where it was, or to the page's heading where that is gone
 * (the button of a step that was just taken often is), so that a keyboard does not start again from the top.
 */
export function useReturnFocus(): void {
  // Before the effects of the dialog's own parts, which take the focus away.
  const [before] = useState(() => (typeof document === 'undefined' ? null : document.activeElement));
  useEffect(
    () => () => {
      // After Polaris has let go of its focus trap.
      setTimeout(() => {
        if (document.activeElement && document.activeElement !== document.body) return;
        if (before instanceof HTMLElement && before !== document.body && before.isConnected && !before.hasAttribute('disabled')) return before.focus();
        const heading = document.querySelector('h1');
        if (!heading) return;
        heading.tabIndex = -1;
        heading.style.outline = 'none';
        heading.focus({ preventScroll: true });
      }, 0);
    },
    [before],
  );
}
