import { PlainPage } from './plain-page.tsx';

/** Shown to whoever comes to the app's own address instead of through Shopify. */
export function OpenFromAdmin() {
  return (
    <PlainPage title="Calibrate lives in your Shopify admin">
      <p>
        Open your <a href="https://admin.shopify.com">Shopify admin</a>, choose <strong>Apps</strong> and then <strong>Calibrate</strong>.
      </p>
    </PlainPage>
  );
}
