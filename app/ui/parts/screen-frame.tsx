import { useLocation, useNavigation } from '@remix-run/react';
import { useEffect, useState, type ReactNode } from 'react';
import { PageSkeleton } from './page-skeleton.tsx';

const PATIENCE_MS = 250;

/** A screen of the Console; a skeleton takes its place when the next screen lets itself be waited for. */
export function ScreenFrame({ children }: { children: ReactNode }) {
  const navigation = useNavigation();
  const location = useLocation();
  const leaving = navigation.state === 'loading' && navigation.location.pathname !== location.pathname;
  const [late, setLate] = useState(false);

  useEffect(() => {
    if (!leaving) {
      setLate(false);
      return;
    }
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [leaving]);

  // The screen stays mounted: should the navigation be given up, nothing typed is lost.
  const waiting = leaving && late;
  return (
    <>
      {waiting ? <PageSkeleton fullWidth /> : null}
      <div hidden={waiting}>{children}</div>
    </>
  );
}
