import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** Whether this machine has redis-server. No npm package brings it; Debian's package `redis-server` does. */
export function hasRedisServer(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A redis-server of our own, in memory only, on a free port of the loopback interface. */
export async function startRedis() {
  const port = await freePort();
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const started = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--daemonize', 'no'], { stdio: ['ignore', 'pipe', 'inherit'] });
    child = started;
    let output = '';
    await new Promise<void>((resolve, reject) => {
      started.once('exit', (code) => reject(new Error(`redis-server ended with ${code}: ${output}`)));
      started.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output.includes('Ready to accept connections')) resolve();
      });
    });
  }
  async function stop(): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** One command as redis-cli takes it; answers the first line of the reply. Throws the server's error. */
  async function command(line: string): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    try {
      socket.setTimeout(5_000, () => socket.destroy(new Error(`Redis did not answer ${line}`)));
      socket.write(`${line}\r\n`);
      const [reply] = (await once(socket, 'data')) as [Buffer];
      const text = reply.toString('utf8').split('\r\n')[0] ?? '';
      if (text.startsWith('-')) throw new Error(text.slice(1));
      return text.slice(1);
    } finally {
      socket.destroy();
    }
  }

  await start();
  return {
    url: `redis://127.0.0.1:${port}/0`, start, stop, command,
    flush: async () => void (await command('FLUSHALL')),
    /** Holds the server still: it answers nobody and closes nothing, as behind a network that swallows packets. */
    freeze: () => child?.kill('SIGSTOP'),
    thaw: () => child?.kill('SIGCONT'),
  };
}
