import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const read = (path: string) => readFileSync(at(path), 'utf8');

interface Stage {
  readonly name: string;
  readonly base: string;
  readonly steps: ReadonlyArray<{ readonly word: string; readonly rest: string }>;
}

/** The stages of a Dockerfile that uses no heredocs. */
function stagesOf(text: string): Stage[] {
  const lines = text.replaceAll(/^#.*\n/gm, '').replaceAll(/\\\n/g, ' ').split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const stages: Array<{ name: string; base: string; steps: Array<{ word: string; rest: string }> }> = [];
  for (const line of lines) {
    const [, word = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    const [, base, name] = word === 'FROM' ? (/^(\S+) AS (\S+)$/.exec(rest) ?? []) : [];
    if (base !== undefined && name !== undefined) stages.push({ base, name, steps: [] });
    else stages.at(-1)?.steps.push({ word, rest });
  }
  return stages;
}

const stages = stagesOf(read('Dockerfile'));
const byName = new Map(stages.map((stage) => [stage.name, stage]));

/** The steps of a stage with those of the stages that it builds on. */
function stepsOf(name: string): Stage['steps'] {
  const stage = byName.get(name);
  return stage === undefined ? [] : [...stepsOf(stage.base), ...stage.steps];
}
const copies = stages.flatMap((stage) => stage.steps.filter(({ word }) => word === 'COPY').map(({ rest }) => ({ stage: stage.name, words: rest.split(/\s+/) })));
const ignored = read('.dockerignore').split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('Dockerfile', () => {
  it('has a target for the app, the worker and the release step, the app being the default', () => {
    expect([...byName.keys()]).toEqual(expect.arrayContaining(['app', 'worker', 'release']));
    expect(stages.at(-1)?.name).toBe('app');
  });

  it('builds each stage on an earlier one or on the Node that the project asks for', () => {
    const [needed = 0] = (/(\d+)/.exec((JSON.parse(read('package.json')) as { engines: { node: string } }).engines.node) ?? []).map(Number);
    stages.forEach((stage, index) => {
      if (stages.slice(0, index).some(({ name }) => name === stage.base)) return;
      const [, major] = /^node:(\d+)-bookworm-slim$/.exec(stage.base) ?? [];
      expect(Number(major)).toBeGreaterThanOrEqual(needed);
    });
  });

  it('copies only what is there and what .dockerignore lets in', () => {
    for (const { words } of copies.filter(({ words: [first = ''] }) => !first.startsWith('--from='))) {
      for (const source of words.slice(0, -1)) {
        expect(existsSync(at(source)), source).toBe(true);
        expect(ignored, source).not.toContain(source);
      }
    }
  });

  it('copies from earlier stages only, and what they have', () => {
    for (const { stage, words } of copies.filter(({ words: [first = ''] }) => first.startsWith('--from='))) {
      const from = words[0]?.slice('--from='.length) ?? '';
      expect(stages.findIndex(({ name }) => name === from)).toBeLessThan(stages.findIndex(({ name }) => name === stage));
      const source = (words[1] ?? '').replace('/app/', '');
      const made = ['node_modules', 'build'].includes(source);
      expect(made || existsSync(at(source)), source).toBe(true);
      expect(made || !ignored.includes(source), source).toBe(true);
    }
  });

  it.each(['app', 'worker'])('runs %s in production mode, as a user that owns nothing, without dev dependencies', (name) => {
    const steps = stepsOf(name);
    expect(steps.filter(({ word }) => word === 'USER').at(-1)?.rest).toBe('node');
    expect(steps.some(({ word, rest }) => word === 'ENV' && rest.includes('NODE_ENV=production'))).toBe(true);
    expect(steps.some(({ word, rest }) => word === 'COPY' && rest.startsWith('--from=production-packages'))).toBe(true);
    expect(steps.some(({ rest }) => rest.includes('--chown'))).toBe(false);
    expect(byName.get('production-packages')?.steps.some(({ rest }) => rest.includes('--omit=dev'))).toBe(true);
  });

  it('starts programs that exist', () => {
    for (const name of ['app', 'worker', 'release']) {
      const [program, file = ''] = JSON.parse(stepsOf(name).filter(({ word }) => word === 'CMD').at(-1)?.rest ?? '[]') as string[];
      expect(program).toBe('node');
      expect(existsSync(at(file)), file).toBe(true);
    }
  });

  it('asks the app, and only the app, whether it is healthy', () => {
    expect(stepsOf('app').find(({ word }) => word === 'HEALTHCHECK')?.rest).toContain('/healthz');
    expect(stepsOf('worker').some(({ word }) => word === 'HEALTHCHECK')).toBe(false);
  });

  it('keeps secrets and local state out of the image', () => {
    expect(ignored).toEqual(expect.arrayContaining(['.git', '.env', '.env.*', '.calibrate', '**/node_modules']));
  });
});
