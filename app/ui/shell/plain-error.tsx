import { isRouteErrorResponse, useRouteError } from '@remix-run/react';
import { PlainPage } from './plain-page.tsx';

/** The error page of last resort: it may not rely on Polaris, on the container or on any loader's data. */
export function PlainError() {
  const error = useRouteError();
  const missing = isRouteErrorResponse(error) && error.status === 404;
  return missing ? (
    <PlainPage title="This page does not exist">
      <p>The address may be mistyped, or the thing it showed was removed.</p>
      <p>Open Calibrate again from the Apps menu of your Shopify admin.</p>
    </PlainPage>
  ) : (
    <PlainPage title="Calibrate could not show this page">
      <p>Something went wrong on our side. Wait a moment, then reload the page.</p>
    </PlainPage>
  );
}
