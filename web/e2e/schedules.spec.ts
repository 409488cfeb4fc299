// What the page says of schedules: in the reader's language, in zone and UTC, with notes, anchors and ends.

import { expect, test } from './server';

const EITHER = '0 0 13 * FRI';
/** Runs in the hour that the clock of Berlin leaves out, each year. */
const GAP = '30 2 * 3 SUNL';

test('the preview warns of two day fields', async ({ inside: page }) => {
  await page.goto('/jobs/new');
  await page.getByRole('textbox', { name: 'Schedule', exact: true }).fill(EITHER);
  const preview = page.getByRole('region', { name: 'What the schedule means' });
  await expect(preview.getByText('at 00:00 on day 13 of the month, and also on Friday')).toBeVisible();
  await expect(preview.getByText(/a day that matches either is taken/)).toBeVisible();
});

test('a run in the gap has its note, its zone and UTC', async ({ inside: page, api }) => {
  await api.save({
    name: 'page-gap',
    enabled: true,
    schedule: GAP,
    timezone: 'Europe/Berlin',
    shell: { script: 'true' },
  });
  for (const path of ['/jobs/page-gap', '/jobs/page-gap/edit']) {
    await page.goto(path);
    const row = page.getByRole('row').filter({ hasText: 'runs at 03:00, 02:30 does not exist that day' });
    await expect(row.first()).toContainText(/03:00:00/);
    await expect(row.first()).toContainText(/01:00:00 UTC/);
  }
});

test('a job says where it counts from, and when it has ended', async ({ inside: page, api }) => {
  const view = await api.save({
    name: 'page-every',
    enabled: true,
    schedule: '@every 36h',
    shell: { script: 'true' },
  });
  await page.goto('/jobs/page-every');
  await expect(
    page.getByText(`every 1 day and 12 hours, counted from ${view.schedule.anchor}`),
  ).toBeVisible();
  await page.goto('/jobs/page-every/edit');
  await expect(page.getByRole('textbox', { name: 'Counts from' })).toHaveValue(view.schedule.anchor);
  await api.save({
    name: 'page-ended',
    enabled: true,
    schedule: '@at 2020-01-01T00:00:00Z',
    shell: { script: 'true' },
  });
  await page.goto('/jobs/page-ended');
  await expect(page.getByText('ended: its last time was 2020-01-01T00:00:00+00:00')).toBeVisible();
  await page.goto('/jobs?q=page-ended');
  await expect(page.locator('[data-job="page-ended"]').getByText('Ended', { exact: true })).toBeVisible();
});

test.describe('for a reader of Chinese', () => {
  test.use({ locale: 'zh-CN' });

  test('words, warnings and notes are Chinese', async ({ inside: page, api }) => {
    await page.goto('/jobs/new');
    await page.getByRole('textbox', { name: '调度', exact: true }).fill(EITHER);
    const preview = page.getByRole('region', { name: '调度的含义' });
    await expect(preview.getByText('每月 13 日以及每周五 00:00')).toBeVisible();
    await expect(preview.getByText(/满足其中任意一个就会运行/)).toBeVisible();
    await api.save({
      name: 'page-chinese',
      enabled: true,
      schedule: GAP,
      timezone: 'Europe/Berlin',
      shell: { script: 'true' },
    });
    await page.goto('/jobs/page-chinese');
    await expect(page.getByText('改在 03:00 运行，当天没有 02:30').first()).toBeVisible();
    await page.goto('/jobs?q=page-chinese');
    await expect(
      page.locator('[data-job="page-chinese"]').getByText('每年 3 月最后一个周日 02:30'),
    ).toBeVisible();
  });
});
