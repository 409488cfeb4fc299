// A server of a test's own, which the test may end and start again on the same address and data: standalone in an empty
// folder, or one more master of the fleet that the tests are given.
//
// `cargo xtask test` says where the binary is (SANDGLASS_BINARY), and the fleet's folder (SANDGLASS_FLEET).

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, TOKEN } from './server';

const BINARY = process.env.SANDGLASS_BINARY ?? '';
export const FLEET = process.env.SANDGLASS_FLEET ?? '';
/** How long a start or an end may take. */
const PATIENCE_MS = 30_000;

export class OwnServer {
  private child: ChildProcess | undefined;
  private log = '';

  private constructor(
    private folder: string,
    private words: string[],
    readonly url: string,
    /** The admin's. */
    public token: string,
  ) {}

  /** Starts `sandglass standalone` on an empty folder. */
  static async standalone(): Promise<OwnServer> {
    const folder = await mkdtemp(join(tmpdir(), 'sandglass-page-'));
    const address = `127.0.0.1:${await freePort()}`;
    const words = ['standalone', '--no-demo', '--listen', address, '--data', join(folder, 'data')];
    const server = new OwnServer(folder, words, `http://${address}`, '');
    await server.start();
    server.token = (await readFile(join(folder, 'data', 'admin-token'), 'utf8')).trim();
    return server;
  }

  /** Starts one more master of the fleet, with the configuration of the first but for its address and `more`. */
  static async master(more = ''): Promise<OwnServer> {
    const folder = await mkdtemp(join(tmpdir(), 'sandglass-page-'));
    const address = `127.0.0.1:${await freePort()}`;
    const config = await readFile(join(FLEET, 'm1', 'config.toml'), 'utf8');
    const file = join(folder, 'config.toml');
    await writeFile(file, config.replace(/^listen = .*$/m, `listen = "${address}"\n${more}`), {
      mode: 0o600,
    });
    const server = new OwnServer(folder, ['master', '--config', file], `http://${address}`, TOKEN);
    await server.start();
    return server;
  }

  /** Starts it, or starts it again, and waits until it answers. */
  async start() {
    const child = spawn(BINARY, this.words, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (this.log += data));
    const ready = async () => {
      if (child.exitCode !== null) throw new Error(`it ended at its start:\n${this.log}`);
      return (await fetch(`${this.url}/readyz`).catch(() => undefined))?.status;
    };
    await expect.poll(ready, { timeout: PATIENCE_MS }).toBe(200);
  }

  /** Ends it: by SIGTERM as a service manager would, by SIGKILL as a crash does. What its shell runs do goes on. */
  async end(signal: 'SIGTERM' | 'SIGKILL') {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    await ended;
    clearTimeout(late);
  }

  /** Ends it and what it left running, and removes its folder. */
  async drop() {
    this.child?.kill('SIGTERM');
    this.child?.kill('SIGINT');
    await this.end('SIGTERM');
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Returns a port that nobody used a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('a server on TCP has a port');
  return address.port;
}
