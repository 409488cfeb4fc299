// The page in Chinese: chosen in the menu or by the browser, kept, asked of the server, and nowhere an English sentence.
//
// Not here: that the catalogues fit each other, and that no source has a text of its own (`src/i18n/*.test.ts`).

import type { Page } from '@playwright/test';
import { faults } from './axe';
import { helloModule } from './hello-module';
import { type Api, expect, test } from './server';

/** What Swagger UI draws is in English alone. */
const SWAGGER = '.swagger-ui';
const softly = expect.configure({ soft: true });

test.use({ reducedMotion: 'reduce' });

test('it is chosen in the menu, at once and for later', async ({ inside: page, api }) => {
  await api.save({ name: 'page-language', enabled: true, schedule: '30 2 * * *', shell: { script: 'true' } });
  const fetched: string[] = [];
  page.on('request', (request) => fetched.push(new URL(request.url()).pathname));
  const catalogue = () => fetched.filter((path) => /\/assets\/zh-.*\.js$/.test(path));
  await page.goto('/jobs/new');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('half-typed');
  expect(catalogue()).toEqual([]);

  await choose(page, /^Account/, '中文');
  await expect(page.getByRole('heading', { name: '新建任务', level: 1 })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  expect(catalogue()).toHaveLength(1);
  // What was typed stays.
  await expect(page.getByRole('textbox', { name: '名称', exact: true })).toHaveValue('half-typed');
  await page.getByRole('textbox', { name: '名称', exact: true }).fill('');

  await page.goto('/jobs?q=page-language');
  await expect(page).toHaveTitle('任务 · Sandglass');
  const row = page.locator('[data-job=page-language]');
  await expect(row.getByText('每天 02:30')).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: '任务', level: 1 })).toBeVisible();
  await expect(row.getByText('每天 02:30')).toBeVisible();

  // Back again: the list that the page holds is told in English too.
  await choose(page, /^账号/, 'English');
  await expect(page.getByRole('heading', { name: 'Jobs', level: 1 })).toBeVisible();
  await expect(row.getByText('at 02:30 every day')).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
});

test.describe('for a reader of Chinese', () => {
  test.use({ locale: 'zh-CN' });

  test('the login is Chinese, and offers English', async ({ page }) => {
    await page.goto('/login');
    await expect(page.getByRole('heading', { name: '登录 Sandglass' })).toBeVisible();
    await isChinese(page);
    await page.getByRole('combobox', { name: '语言' }).click();
    await page.getByRole('option', { name: 'English' }).click();
    await expect(page.getByRole('heading', { name: 'Log in to Sandglass' })).toBeVisible();
    await page.reload();
    await expect(page.getByRole('heading', { name: 'Log in to Sandglass' })).toBeVisible();
  });

  test('every page is Chinese', async ({ inside: page, api }) => {
    // Two dozen pages, and axe looks at each.
    test.slow();
    const run = await something(api);
    const job = '/jobs/page-language';
    await visit(page, '/', '首页', `[data-wrong="${run}"]`);
    await visit(page, '/jobs', '任务', '[data-job=page-language]');
    await page.locator('[data-job=page-language]').getByRole('checkbox').check();
    await isChinese(page);
    await visit(page, job, /page-language/, '[data-run]');
    await visit(page, `${job}?tab=ticks`, /page-language/);
    await visit(page, `${job}?tab=revisions`, /page-language/, '[data-revision]');
    await visit(page, `${job}?tab=definition`, /page-language/, 'pre, code');
    await visit(page, `${job}/edit`, '编辑 page-language', '.cm-content');
    await visit(page, '/jobs/new', '新建任务', '.cm-content');
    await page.getByText('WASI 模块', { exact: true }).click();
    await expect(page.getByRole('combobox', { name: /^模块/ })).toBeVisible();
    await isChinese(page);
    page.on('dialog', (dialog) => void dialog.accept());
    await visit(page, '/runs', '运行记录', `[data-run="${run}"]`);
    await visit(page, `/runs/${run}`, /page-language/, '[data-follow=complete]');
    // Why it ended is told from its facts; what the server said stands on hover.
    await expect(page.locator('[data-reason]')).toHaveText('退出码 3');
    await expect(page.locator('[data-reason]')).toHaveAttribute('title', 'exit code 3');
    await page.goto('/jobs/page-language-gone');
    await expect(page.getByRole('alert')).toContainText('未找到');
    await isChinese(page);
    await visit(page, '/upcoming', '即将运行', '[data-tick]');
    await visit(page, '/modules', '模块', '[data-module]');
    await visit(page, '/workers', '节点', '[data-heartbeat]');
    for (const tab of ['', '/mutes', '/rules', '/channels']) await visit(page, `/alerts${tab}`, '告警');
    await visit(page, '/users', '用户', 'table');
    await visit(page, '/audit', '审计', 'table');
    await visit(page, '/settings', '设置', '[data-setting=ranges_days]');
    await visit(page, '/account', '您的账号');
    await visit(page, '/docs', '程序接口', '.opblock', SWAGGER);
    await visit(page, '/nowhere', '未找到');
  });

  test('what is wrong with a field is told in Chinese, and points', async ({ inside: page }) => {
    await page.goto('/jobs/new');
    await page.getByRole('textbox', { name: '名称', exact: true }).fill('Page Language');
    await page.getByRole('textbox', { name: '调度', exact: true }).fill('61 * * * *');
    await page.getByRole('button', { name: '创建任务' }).click();
    const name = page.getByText(/^必须是 1 到 63 个 `a-z`、`0-9`、`-`/);
    await expect(name).toContainText('实际为 `Page Language`');
    const fault = page.getByText(/^分：`61` 不在 0-59 之内/);
    await expect(fault).toContainText('^^');
    await expect(fault).not.toHaveAttribute('lang');
  });

  test('what opens above a page is Chinese', async ({ inside: page, api }) => {
    await api.save({ name: 'page-language', shell: { script: 'true' } });
    await page.goto('/jobs/page-language');
    await page.getByRole('button', { name: '暂停' }).click();
    await expect(page.getByRole('dialog', { name: '暂停 page-language？' })).toBeVisible();
    await isChinese(page);
    await page.getByRole('button', { name: '取消' }).click();
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await page.keyboard.press('?');
    await expect(page.getByRole('dialog', { name: '快捷键' })).toBeVisible();
    await isChinese(page);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await page.getByRole('button', { name: /^账号/ }).click();
    await expect(page.getByRole('menuitemradio', { name: '中文' })).toBeChecked();
    await isChinese(page);
    await page.keyboard.press('Escape');
    await page.goto('/alerts/rules');
    await page.getByRole('button', { name: '添加规则' }).click();
    await expect(page.getByRole('dialog', { name: '添加规则' })).toBeVisible();
    await isChinese(page);
  });
});

async function choose(page: Page, account: RegExp, language: string) {
  await page.getByRole('button', { name: account }).click();
  await page.getByRole('menuitemradio', { name: language }).click();
}

/** Goes to a page, waits until it stands, and looks at it. */
async function visit(page: Page, path: string, heading: string | RegExp, ready?: string, without?: string) {
  await test.step(path, async () => {
    await page.goto(path);
    await expect(page.getByRole('heading', { name: heading, level: 1 })).toBeVisible();
    if (ready) await expect(page.locator(ready).first()).toBeVisible();
    await expect(page.getByRole('status', { name: /^正在加载/ })).toHaveCount(0);
    await isChinese(page, without);
  });
}

/** Looks at a page as it stands: nothing in English but what says that it is, and nothing that axe finds. */
async function isChinese(page: Page, without?: string) {
  const where = new URL(page.url()).pathname + new URL(page.url()).search;
  softly(await english(page, without), `${where} has English`).toEqual([]);
  softly(await faults(page, { without }), where).toEqual([]);
}

/**
 * Returns what reads like English: two words in a row. Left out is what is marked as English, code, output and
 * the names that people gave.
 */
function english(page: Page, without = 'nothing'): Promise<string[]> {
  return page.evaluate((own) => {
    const WORDS = /[A-Za-z]{2,},? [A-Za-z]{2,}/;
    // Names that stand side by side: of products, of what is typed, of what a module says it was made by.
    const NAMES =
      /WASI preview \d|API token|Ctrl K|Authorization: Bearer TOKEN|cargo build --target|sandglass \w+( \w+)?|Google Chat/g;
    const LEFT = `[lang|=en], code, pre, [role=log], [data-owned], script, style, noscript, textarea[aria-hidden], .cm-editor, [data-capability], details, ${own}`;
    const found = new Set<string>();
    const look = (element: Element, text: string | null) => {
      if (text && !element.closest(LEFT) && WORDS.test(text.replace(NAMES, ''))) found.add(text.trim());
    };
    // The page itself says that it is Chinese: `lang` of others is what tells English apart.
    for (const element of document.body.querySelectorAll('*')) {
      for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
        look(element, element.getAttribute(name));
      for (const child of element.childNodes) {
        if (child.nodeType === Node.TEXT_NODE) look(element, child.textContent);
      }
    }
    return [...found];
  }, without);
}

/** Makes a job with a failed run, and something on every page. */
async function something(api: Api): Promise<string> {
  await api.upload('hello.wasm', helloModule('hello from a module\n'));
  await api.remove('page-language-gone');
  await api.save({
    name: 'page-language',
    description: '每晚报表',
    labels: { team: 'page' },
    enabled: true,
    schedule: '15 * * * *',
    shell: { script: 'echo oh >&2\nexit 3\n' },
  });
  const run = await api.run('page-language');
  await api.runIs(run, 'failed');
  return run;
}
