import type { ReactNode } from 'react';

const PAGE = {
  fontFamily: 'Inter, -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, sans-serif',
  maxWidth: '32rem',
  margin: '15vh auto 0',
  padding: '0 1.5rem',
  color: '#303030',
  lineHeight: 1.5,
} as const;

/** A page outside the Admin frame, without Polaris. */
export function PlainPage({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main style={PAGE}>
      <img src="/logo.svg" alt="" width={48} height={48} />
      <h1 style={{ fontSize: '1.5rem', margin: '1rem 0 0.5rem' }}>{title}</h1>
      {children}
    </main>
  );
}
