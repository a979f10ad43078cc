import { buildApp } from '../../dev/setup/build-app.ts';
import database from './global.ts';
import type { TestProject } from 'vitest/node';

/** The web process needs its bundle, and every file a database. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [stop] = await Promise.all([database(project), buildApp()]);
  return stop;
}
