// What every test stands on: a browser that is logged in, the API for what a test needs beforehand, and a watch
// over what the page asks of the network.
//
// Each test fails when the page asked anything of another origin, broke the Content-Security-Policy, or threw.

import { type APIRequestContext, test as base, expect, type Page } from '@playwright/test';

export const TOKEN = process.env.SANDGLASS_TOKEN ?? '';
export const LOGIN = process.env.SANDGLASS_LOGIN ?? '';

type Fixtures = { page: Page; api: Api; watched: undefined; inside: Page };

export const test = base.extend<Fixtures>({
  /** A page on which nothing improper happens. */
  page: async ({ page, baseURL }, use) => {
    const improper: string[] = [];
    page.on('request', (request) => {
      if (/^https?:/.test(request.url()) && !request.url().startsWith(`${baseURL}/`)) {
        improper.push(`asked another origin: ${request.url()}`);
      }
    });
    page.on('pageerror', (error) => improper.push(`threw: ${error.message}`));
    page.on('console', (message) => {
      if (/Content Security Policy|Content-Security-Policy/.test(message.text()))
        improper.push(message.text());
    });
    await use(page);
    expect(improper).toEqual([]);
  },
  /** The same page, logged in by the admin's token. */
  inside: async ({ page }, use) => {
    const answer = await page.request.post('/api/v1/session', { data: { token: TOKEN } });
    expect(answer.status(), await answer.text()).toBe(201);
    await use(page);
  },
  api: async ({ playwright, baseURL }, use) => {
    const context = await playwright.request.newContext({
      baseURL,
      extraHTTPHeaders: { authorization: `Bearer ${TOKEN}` },
    });
    await use(new Api(context));
    await context.dispose();
  },
});

export { expect };

/** The REST interface, as a script would use it. */
export class Api {
  constructor(private context: APIRequestContext) {}

  /** Saves a job anew, whatever stood under its name; it has no ticks unless `job` says so. */
  async save(job: Record<string, unknown>) {
    await this.remove(String(job.name));
    const path = `/api/v1/jobs/${job.name}`;
    const saved = await this.context.put(path, { data: { enabled: false, schedule: '0 0 1 1 *', ...job } });
    expect(saved.status(), await saved.text()).toBe(201);
    return saved.json();
  }

  /** Makes sure that no job has this name. */
  async remove(name: string) {
    const gone = await this.context.delete(`/api/v1/jobs/${name}`, { params: { kill: true } });
    expect([200, 404], await gone.text()).toContain(gone.status());
  }

  /** Saves the next text of a job, behind the page's back. */
  async edit(name: string, change: Record<string, unknown>) {
    const path = `/api/v1/jobs/${name}`;
    const view = await (await this.context.get(path)).json();
    const saved = await this.context.put(path, {
      headers: { 'if-match': view.saved.etag },
      data: { ...view.job, ...change },
    });
    expect(saved.status(), await saved.text()).toBe(200);
  }

  async job(name: string) {
    return (await (await this.context.get(`/api/v1/jobs/${name}`)).json()).job;
  }

  /** Saves a job by its text as YAML, and returns what stands then. */
  async saveText(name: string, yaml: string) {
    const headers = { 'content-type': 'application/yaml' };
    const saved = await this.context.put(`/api/v1/jobs/${name}`, { headers, data: yaml });
    expect(saved.status(), await saved.text()).toBe(201);
    return saved.json();
  }

  /** Asks for a run, with changes where there are some; after another one has ended, where one is named. */
  async run(name: string, changes?: Record<string, unknown>, after?: string): Promise<string> {
    if (after) await this.runIs(after, 'succeeded');
    const answer = await this.context.post(`/api/v1/jobs/${name}/run`, changes ? { data: changes } : {});
    expect(answer.status(), await answer.text()).toBe(202);
    return (await answer.json()).run;
  }

  async kill(name: string) {
    const answer = await this.context.post(`/api/v1/jobs/${name}/kill`);
    expect(answer.status(), await answer.text()).toBe(202);
  }

  async pause(name: string) {
    const answer = await this.context.post(`/api/v1/jobs/${name}/pause`, { data: {} });
    expect(answer.status(), await answer.text()).toBe(200);
  }

  /** Returns a run's record once its status is one of these. */
  async runIs(id: string, ...statuses: string[]) {
    await expect
      .poll(async () => (await (await this.context.get(`/api/v1/runs/${id}`)).json()).status, {
        timeout: 30_000,
      })
      .toMatch(new RegExp(`^(${statuses.join('|')})$`));
  }

  /** Returns the first run of a job that comes to this status. */
  async runOf(job: string, status: string, timeout: number): Promise<{ id: string; trigger: string }> {
    let run: { id: string; trigger: string } | undefined;
    await expect
      .poll(
        async () => {
          const answer = await this.context.get('/api/v1/runs', { params: { job, status } });
          run = (await answer.json()).runs?.[0];
          return run !== undefined;
        },
        { timeout },
      )
      .toBe(true);
    if (!run) throw new Error('polled above');
    return run;
  }

  /** Writes a list of the settings of alerts. */
  async setAlerts(part: 'channels' | 'rules' | 'mutes', items: unknown[]) {
    const { etag } = await (await this.context.get(`/api/v1/alerts/${part}`)).json();
    const headers = { 'if-match': etag };
    const answer = await this.context.put(`/api/v1/alerts/${part}`, { headers, data: { [part]: items } });
    expect(answer.status(), await answer.text()).toBe(200);
  }

  /** Leaves nobody who is told of anything. */
  async clearAlerts() {
    for (const part of ['mutes', 'rules', 'channels'] as const) await this.setAlerts(part, []);
  }

  /** Sets what holds for all masters, as another admin would; what is not said is as configured. */
  async setSettings(settings: Record<string, unknown>) {
    const answer = await this.context.put('/api/v1/settings', { data: settings });
    expect(answer.status(), await answer.text()).toBe(200);
  }

  /** Returns what admins set for all masters. */
  async settings(): Promise<Record<string, unknown>> {
    return (await (await this.context.get('/api/v1/settings')).json()).settings;
  }

  /** Makes a token of a role and returns its secret. */
  async token(name: string, role: string): Promise<string> {
    const answer = await this.context.post('/api/v1/tokens', { data: { name, role } });
    expect(answer.status(), await answer.text()).toBe(201);
    return (await answer.json()).secret;
  }

  /** Makes a user anew and returns what lets in once. */
  async user(name: string, role: string): Promise<string> {
    await this.context.delete(`/api/v1/users/${name}`);
    const answer = await this.context.post('/api/v1/users', { data: { name, role } });
    expect(answer.status(), await answer.text()).toBe(201);
    return (await answer.json()).login_token;
  }

  async upload(name: string, bytes: Buffer): Promise<string> {
    const answer = await this.context.post('/api/v1/modules', {
      params: { name },
      headers: { 'content-type': 'application/wasm' },
      data: bytes,
    });
    expect([200, 201], await answer.text()).toContain(answer.status());
    return (await answer.json()).digest;
  }
}

/** A script that writes a line a second, `count` times, on both streams. */
export function counting(count: number): string {
  return `i=0\nwhile [ $i -lt ${count} ]; do\n  i=$((i + 1))\n  echo "line $i"\n  sleep 1\ndone\necho "to stderr" >&2\n`;
}
