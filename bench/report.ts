import type { Line } from './measure.ts';

/** The lines as a table for people. A ratio that misses its goal is marked, and nothing fails because of it. */
export function table(lines: readonly Line[]): string {
  const rows = lines.map((line) => [
    line.name, line.rows.toLocaleString('en'), amount(line.ours, line.unit), amount(line.bare, line.unit), line.ratio?.toFixed(2) ?? '–',
    line.goal === null || line.ratio === null ? '' : `≤ ${line.goal}${line.ratio > line.goal ? ' ✗' : ' ✓'}`, String(line.runs), line.note,
  ]);
  const all = [['name', 'rows', 'ours', 'bare', 'ratio', 'goal', 'runs', ''], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const text = (row: readonly string[]): string => row.map((cell, column) => (column === 0 || column === 7 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  ').trimEnd();
  return all.map(text).join('\n');
}

function amount(value: number, unit: Line['unit']): string {
  return `${value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)} ${unit}`;
}
