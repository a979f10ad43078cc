const counts = new Intl.NumberFormat('en-US');

/** `12,345` */
export function formatCount(count: number): string {
  return counts.format(count);
}

/** `1 price`, `12,345 prices` */
export function formatQuantity(count: number, singular: string, plural: string): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}
