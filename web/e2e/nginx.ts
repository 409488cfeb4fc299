// nginx before masters, by the configuration that ships (`deploy/nginx.conf`) and what it tells to write for a path.
//
// The same in Rust, for tests without a browser: `e2e/src/nginx.rs`.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './own';
import { expect } from './server';

export const PROGRAM = process.env.SANDGLASS_TEST_NGINX ?? '';
const SITE = '../deploy/nginx.conf';

export class Nginx {
  private constructor(
    private folder: string,
    private child: ChildProcess,
    /** Where the masters are, with a slash at the end. */
    readonly url: string,
  ) {}

  /** Starts it before these masters, which it shows beneath `path`; one address may ask as fast as it can. */
  static async before(masters: string[], path: string): Promise<Nginx> {
    const folder = await mkdtemp(join(tmpdir(), 'sandglass-nginx-'));
    const address = `127.0.0.1:${await freePort()}`;
    let site = await readFile(SITE, 'utf8');
    const change = (what: string | RegExp, by: string) => {
      const changed = site.replaceAll(what, by);
      if (changed === site) throw new Error(`the site that ships has no ${what}`);
      site = changed;
    };
    const how = 'max_fails=1 fail_timeout=5s;';
    change(
      /^ {4}server 10\.0\.0\.2.*$/gm,
      masters.map((url) => `server ${new URL(url).host} ${how}`).join('\n'),
    );
    change(/^ {4}server 10\.0\.0\.3.*$/gm, '');
    change('    listen 80;', `    listen ${address};`);
    change('rate=100r/s', 'rate=100000r/s');
    change('X-Forwarded-Prefix ""', `X-Forwarded-Prefix "${path}"`);
    change('    location / {', `    location = ${path} { return 301 ${path}/; }\n    location ${path}/ {`);
    const pass = '        proxy_pass http://sandglass;';
    change(pass, `        rewrite ^${path}(/.*)$ $1 break;\n${pass}`);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    const around = `daemon off; pid ${folder}/pid; error_log stderr warn; worker_processes 1; events {}
http { access_log off; ${temporary.map((what) => `${what}_temp_path ${folder}/${what};`).join(' ')} include ${folder}/site.conf; }`;
    await writeFile(join(folder, 'site.conf'), site);
    await writeFile(join(folder, 'nginx.conf'), around);
    const words = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'];
    const child = spawn(PROGRAM, words, { stdio: ['ignore', 'ignore', 'inherit'] });
    const url = `http://${address}${path}/`;
    await expect.poll(async () => (await fetch(`${url}readyz`).catch(() => undefined))?.status).toBe(200);
    return new Nginx(folder, child, url);
  }

  /** Ends it and removes its folder. */
  async drop() {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}
