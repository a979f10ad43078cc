import { AppProvider } from '@shopify/polaris';
import translations from '@shopify/polaris/locales/en.json';
import { useNavigate } from '@remix-run/react';
import { useEffect, type ReactNode } from 'react';
import { ConsoleMenu } from './console-menu.tsx';
import { PolarisLink } from './polaris-link.tsx';

/** What every page in the Admin has, error pages included: Polaris, the app's menu, and App Bridge's navigation turned into the router's. */
export function EmbeddedPage({ operator = false, children }: { operator?: boolean; children: ReactNode }) {
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
      <ConsoleMenu operator={operator} />
      {children}
    </AppProvider>
  );
}
