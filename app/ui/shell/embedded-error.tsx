import { isRouteErrorResponse } from '@remix-run/react';
import { Banner, BlockStack, Page, Text } from '@shopify/polaris';
import { EmbeddedPage } from './embedded-page.tsx';

/** What the SDK throws when the browser has to leave the frame: App Bridge and one window.open, made by it and not by us. */
const SDK_PAGE = /^\s*<script data-api-key="/;

/** Error page of the Console: the SDK's own pages are shown as they are, everything else in words a merchant can act on. */
export function EmbeddedError({ error }: { error: unknown }) {
  if (isRouteErrorResponse(error)) {
    if (error.status === 200 && typeof error.data === 'string' && SDK_PAGE.test(error.data)) {
      return <div dangerouslySetInnerHTML={{ __html: error.data }} />;
    }
    if (error.status === 404) {
      return (
        <Problem title="This page does not exist">It may have been removed, or it belongs to another store. Choose another page from the menu.</Problem>
      );
    }
    if (error.status === 403) {
      return <Problem title="You do not have access to this page">Ask an administrator of this store for a role that includes it.</Problem>;
    }
    if (error.status === 401 || error.status === 410) {
      return <Problem title="Your session has ended">Reload the page to sign in again.</Problem>;
    }
  }
  return (
    <Problem title="Calibrate could not show this page">
      Something went wrong on our side. Wait a moment, then reload the page; if it stays like this, choose another page from the menu.
    </Problem>
  );
}

function Problem({ title, children }: { title: string; children: string }) {
  return (
    <EmbeddedPage>
      <Page>
        <Banner tone="critical" title={title}>
          <BlockStack>
            <Text as="p">{children}</Text>
          </BlockStack>
        </Banner>
      </Page>
    </EmbeddedPage>
  );
}
