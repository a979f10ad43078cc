/** What the documents say is so: links lead somewhere, and names, tables and lists are those of the code. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../app/platform/monitor/metrics.ts';
import { ROUTES } from '../../schemas/routes.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const DOCUMENTS = globSync(['README.md', 'docs/**/*.md', 'ops/**/*.md'], { cwd: ROOT }).sort();

/** Text without fenced code, in which brackets are no links. */
const prose = (text: string): string => text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
/** Cells of each row below the header of the table that begins with these words. */
function tableAfter(text: string, header: string): string[][] {
  const lines = text.slice(text.indexOf(header)).split('\n');
  if (!lines[0]?.trim().startsWith(header)) throw new Error(`There is no table ${header}`);
  const end = lines.findIndex((line) => !line.trim().startsWith('|'));
  return lines.slice(2, end === -1 ? undefined : end).map((line) => line.trim().slice(1, -1).split('|').map((cell) => cell.trim()));
}
const code = (cell: string): string => /^`([^`]+)`$/.exec(cell)?.[1] ?? cell;
const names = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1] ?? '');
/** The anchor that a heading gets. */
const anchor = (heading: string): string => heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, '').trim().replaceAll(' ', '-');

describe('documents', () => {
  it.each(DOCUMENTS)('%s has only links that lead somewhere', (document) => {
    const dead = names(prose(read(document)), /\]\(([^)\s]+)\)/g).filter((link) => !/^(https?|mailto):/.test(link)).filter((link) => {
      const [path = '', section] = link.split('#');
      const target = path === '' ? join(ROOT, document) : join(ROOT, dirname(document), path);
      if (!existsSync(target)) return true;
      return section !== undefined && !names(readFileSync(target, 'utf8'), /^#+ (.+)$/gm).map(anchor).includes(section);
    });
    expect(dead).toEqual([]);
  });

  it('are all reached from README.md', () => {
    const seen = new Set(['README.md']);
    for (const document of seen) {
      for (const link of names(read(document), /\]\(([^)\s#]+)[^)]*\)/g)) {
        const target = relative(ROOT, join(ROOT, dirname(document), link));
        const listed = DOCUMENTS.filter((other) => other === target || (other.startsWith(`${target}/`) && dirname(other) === target));
        for (const other of listed) seen.add(other);
      }
    }
    expect(DOCUMENTS.filter((document) => !seen.has(document))).toEqual([]);
  });

  it('name no address of the machine they were written on', () => {
    expect(DOCUMENTS.filter((document) => /\/(work|tmp|home|root)\//.test(read(document)))).toEqual([]);
  });
});

describe('README.md', () => {
  const text = read('README.md');
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

  it('names the npm scripts that there are, and all of them', () => {
    const named = [...names(text, /npm run ([\w:-]+)/g), ...names(text, /npm (test|start)\b/g)];
    expect([...new Set(named)].sort()).toEqual(Object.keys(scripts).sort());
  });

  it('lists exactly the variables that the configuration reads, and says of each whether it is needed', () => {
    const source = /const variables = \{([\s\S]*?)\n\};/.exec(read('app/platform/config/config.ts'))?.[1] ?? '';
    const variables = [...source.matchAll(/^ {2}([A-Z][A-Z0-9_]+): (needed\()?/gm)];
    const listed = tableAfter(text, '| variable |').map(([name = '', isNeeded]) => [code(name), isNeeded === 'yes']);
    expect(listed.sort()).toEqual(variables.map(([, name, isNeeded]) => [name, isNeeded !== undefined]).sort());
  });

  it('says the flags of the demo', () => {
    const flags = names(/const HELP = `([\s\S]*?)`/.exec(read('dev/demo/options.ts'))?.[1] ?? '', /^ {2}(--[a-z-]+)/gm);
    expect(tableAfter(text, '| flag |').map(([flag = '']) => code(flag).split(' ')[0]).sort()).toEqual(flags.sort());
  });

  it('shows a screenshot that is not heavy', () => {
    for (const image of names(text, /!\[[^\]]+\]\(([^)]+)\)/g)) expect(readFileSync(join(ROOT, image)).byteLength).toBeLessThan(300_000);
  });
});

describe('docs/ARCHITECTURE.md', () => {
  it('has the table of rooms that is enforced', () => {
    const { forbidden } = createRequire(import.meta.url)(join(ROOT, '.dependency-cruiser.cjs')) as { forbidden: Array<{ name: string; comment: string }> };
    const enforced = forbidden.filter(({ name }) => name.endsWith('-imports')).map(({ comment }) => comment);
    const written = tableAfter(read('docs/ARCHITECTURE.md'), '| room |').map(([room, , may = '', types = '']) =>
      `${room} may import ${may}${types === '' ? '' : `, and types of ${types}`}.`);
    expect(written.sort()).toEqual(enforced.sort());
  });

  it('names the jobs that the worker knows', () => {
    const handlers = /handlers: \{([\s\S]*)/.exec(read('app/container/bound-jobs.ts'))?.[1] ?? '';
    const jobs = names(handlers, /^ {6}'?([a-z-]+)'?: /gm);
    expect(tableAfter(read('docs/ARCHITECTURE.md'), '| job |').map(([job = '']) => code(job)).sort()).toEqual(jobs.sort());
  });
});

describe('docs/API.md', () => {
  it('lists every call with its scope', () => {
    const calls = tableAfter(read('docs/API.md'), '| call |').map((cells) => cells.map(code));
    expect(calls).toEqual(ROUTES.map(({ method, path, scope, summary }) => [`${method} ${path}`, scope, summary]));
  });
});

describe('docs/SIMULATOR.md', () => {
  it('names every kind of fault', () => {
    const kinds = names(/FAULT_KINDS = \[([\s\S]*?)\]/.exec(read('dev/simulators/shopify/faults.ts'))?.[1] ?? '', /'([a-z0-9_]+)'/g);
    expect(tableAfter(read('docs/SIMULATOR.md'), '| kind |').map(([kind = '']) => code(kind))).toEqual(kinds);
  });
});

describe('docs/GLOSSARY.md', () => {
  const terms = names(read('docs/GLOSSARY.md'), /^- \*\*(.+?)\*\*: /gm);

  it('is sorted and has each term once', () => {
    expect(terms.length).toBeGreaterThan(20);
    expect(terms).toEqual([...new Set(terms)].sort((a, b) => a.localeCompare(b, 'en')));
  });

  it('knows every state of a row and every outcome', () => {
    const states = names(/ITEM_STATES = \[([\s\S]*?)\]/.exec(read('app/domain/pricing/lifecycle.ts'))?.[1] ?? '', /'([a-z]+)'/g);
    const waiting = ['queued', 'writing', 'cancelled'];
    expect(states.filter((state) => !waiting.includes(state) && !terms.includes(state))).toEqual([]);
  });
});

describe('docs/decisions', () => {
  const records = globSync('docs/decisions/[0-9]*.md', { cwd: ROOT }).sort();

  it.each(records)('%s has context, decision and consequences, and is in the list by its number', (record) => {
    const text = read(record);
    const number = /\/(\d{4})-[a-z0-9-]+\.md$/.exec(record)?.[1] ?? '';
    expect(text).toMatch(new RegExp(`^# ${Number(number)}\\. \\S`));
    for (const part of ['Context', 'Decision', 'Consequences']) expect(text).toContain(`**${part}.** `);
    expect(read('docs/decisions/README.md')).toContain(`[${number}](${record.split('/').at(-1)})`);
  });

  it('are numbered without gaps', () => {
    expect(records.map((record) => Number(record.slice('docs/decisions/'.length).slice(0, 4)))).toEqual(records.map((_, at) => at + 1));
  });
});

describe('ops', () => {
  const alerts = read('ops/alerts.yml');
  const dashboard = read('ops/dashboard.json');
  /** Names in a PromQL expression that are followed by labels, or stand alone as a metric must. */
  const metricsIn = (text: string): string[] => [...new Set(names(text, /\b([a-z][a-z0-9_]+)\{/g))];

  async function known(): Promise<Set<string>> {
    const text = await createMetrics({ service: 'app', processMetrics: true }).render();
    const described = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
    return new Set(['up', ...described.flatMap(([, name = '', type]) => (type === 'histogram' ? ['', '_bucket', '_sum', '_count'].map((end) => name + end) : [name]))]);
  }

  it('alerts and dashboard use metrics that exist', async () => {
    const exist = await known();
    const used = [...metricsIn(alerts), ...metricsIn(dashboard)];
    expect(used.length).toBeGreaterThan(10);
    expect(used.filter((name) => !exist.has(name))).toEqual([]);
  });

  it('alerts and dashboard use only metrics to which the app gives values', () => {
    // Described for every process, but counted by the worker, which nobody can scrape.
    const ofWorker = /^(apply_rows)/;
    expect([...metricsIn(alerts), ...metricsIn(dashboard)].filter((name) => ofWorker.test(name))).toEqual([]);
  });

  it('every alert has a runbook that is there', () => {
    const runbooks = names(alerts, /^ +runbook: (\S+)$/gm);
    expect(runbooks).toHaveLength(names(alerts, /^ +- alert: (\S+)$/gm).length);
    expect(runbooks.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('the dashboard is a document that Grafana can read', () => {
    const { title, panels } = JSON.parse(dashboard) as { title: string; panels: Array<{ id: number; title: string; type: string; targets?: unknown[] }> };
    expect(title).toBe('Calibrate');
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(panels.filter(({ type, targets }) => type !== 'row' && !targets?.length)).toEqual([]);
  });
});
