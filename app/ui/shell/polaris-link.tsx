import { Link } from '@remix-run/react';
import type { LinkLikeComponentProps } from '@shopify/polaris/build/ts/src/utilities/link/index.js';
import { forwardRef } from 'react';

const LEAVES_THE_APP = /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i;

/**
 * Polaris' links through the router. Addresses with a scheme (https:, mailto:, shopify://admin/…), `external` ones,
 * downloads and our API stay plain anchors.
 */
export const PolarisLink = forwardRef<HTMLAnchorElement, LinkLikeComponentProps>(function PolarisLink({ url, external, children, ...rest }, ref) {
  const target = external ? '_blank' : rest.target;
  if (external || rest.download || LEAVES_THE_APP.test(url) || url.startsWith('/api/')) {
    return (
      <a {...rest} href={url} target={target} rel={target === '_blank' ? 'noopener noreferrer' : undefined} ref={ref}>
        {children}
      </a>
    );
  }
  return (
    <Link {...rest} to={url} ref={ref}>
      {children}
    </Link>
  );
});
