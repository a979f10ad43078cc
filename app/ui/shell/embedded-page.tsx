import { AppProvider } from '@shopify/polaris';
import translations from '@shopify/polaris/locales/en.json';
import { useNavigate } from '@remix-run/react';
import { useEffect, type ReactNode } from 'react';
import { PolarisLink } from './polaris-link.tsx';

/** Polaris for all that is inside, and App Bridge's navigation (a click in Admin's own menu) turned into the router's. */
export function EmbeddedPage({ children }: { children: ReactNode }) {
  const navigate = useNavigate();
  useEffect(() => {
    const follow = (event: Event) => {
      const href = event.target instanceof Element ? event.target.getAttribute('href') : null;
      if (href) navigate(href);
    };
    addEventListener('shopify:navigate', follow);
    return () => removeEventListener('shopify:navigate', follow);
  }, [navigate]);

  return (
    <AppProvider i18n={translations} linkComponent={PolarisLink}>
      {children}
    </AppProvider>
  );
}
