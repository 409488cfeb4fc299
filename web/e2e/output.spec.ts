// A long output: read by ranges, searched, linked to by line, and followed to its end.

import { expect, test } from './server';

const LINES = 1_000_000;

// Most of the time is the run's: the shell and the store, not the page.
test.setTimeout(240_000);

test('a million lines are searched, linked to and scrolled, and the page holds few of them', async ({
  inside: page,
  api,
}) => {
  const script = `seq -f 'row %.0f of many' 1 ${LINES / 2}\necho 'ERROR: the needle' >&2\nsleep 1\nseq -f 'row %.0f of many' ${LINES / 2 + 1} ${LINES}\n`;
  await api.save({ name: 'page-long', shell: { script }, limits: { output: '64MiB', timeout: '3m' } });
  const id = await api.run('page-long');
  await api.runIs(id, 'succeeded');
  await page.goto(`/runs/${id}`);
  const log = page.getByRole('log');
  await expect(log).toContainText(`row ${LINES} of many`);
  await expect(page.locator('[data-follow=complete]')).toBeVisible();
  // One more line than rows: the needle.
  await expect(log.locator(`[data-number="${LINES + 1}"]`)).toBeVisible();
  const rows = () => log.locator('[data-key]').count();
  expect(await rows()).toBeLessThan(8000);

  // A link to a line, as a colleague would send it.
  await page.goto(`/runs/${id}#L123456`);
  const marked = log.locator('[data-marked]');
  await expect(marked).toHaveText('row 123456 of many');
  await expect(marked).toBeInViewport();
  expect(await rows()).toBeLessThan(8000);

  // What went wrong, half a million lines on.
  await page.getByRole('button', { name: 'Errors' }).click();
  await expect(page.locator('[data-matches="1"]')).toHaveText('1 of 1');
  await expect(marked).toHaveText('ERROR: the needle');
  await expect(marked).toBeInViewport();
  await expect(marked).toHaveAttribute('data-stream', 'stderr');

  // Scrolled to either side, the window moves on, and what is seen stays where it is.
  const wheel = async (by: number) => {
    await log.hover();
    await page.mouse.wheel(0, by);
  };
  const first = async () => Number(await log.locator('[data-number]').first().getAttribute('data-number'));
  const begun = await first();
  await expect(async () => {
    await wheel(-200_000);
    expect(await first()).toBeLessThan(begun);
  }).toPass();
  expect(await rows()).toBeLessThan(8000);
  const numbers = await log
    .locator('[data-number]')
    .evaluateAll((all) => all.map((one) => Number(one.getAttribute('data-number'))));
  expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i));

  const box = page.getByRole('textbox', { name: 'Search the output' });
  await box.fill(':77');
  await box.press('Enter');
  await expect(marked).toHaveText('row 77 of many');
  await box.fill('row 99999');
  await box.press('Enter');
  await expect(page.locator('[data-matches]')).toHaveText('1 of 11');
  await box.press('Shift+Enter');
  await expect(page.locator('[data-matches]')).toHaveText('11 of 11');
  await expect(marked).toHaveText('row 999999 of many');
  // It is one already: the search for errors was.
  await expect(page.getByRole('button', { name: 'Regular expression' })).toHaveAttribute(
    'aria-pressed',
    'true',
  );
  await box.fill('row (');
  await box.press('Enter');
  await expect(page.getByText('no regular expression')).toBeVisible();

  await box.fill(':5');
  await box.press('Enter');
  await expect(marked).toHaveText('row 5 of many');
  await page.getByRole('button', { name: 'To the end' }).click();
  await expect(log).toContainText(`row ${LINES} of many`);
});

test('an output that is left while it comes is followed again without a hole', async ({
  inside: page,
  api,
}) => {
  const script =
    'i=0; while [ $i -lt 6000 ]; do i=$((i+1)); echo "line $i"; [ $((i % 500)) = 0 ] && sleep 0.5; done';
  await api.save({ name: 'page-left', shell: { script } });
  const id = await api.run('page-left');
  await page.goto(`/runs/${id}`);
  const log = page.getByRole('log');
  await expect(log).toContainText('line 2000');
  const box = page.getByRole('textbox', { name: 'Search the output' });
  await box.fill(':3');
  await box.press('Enter');
  await expect(log.locator('[data-marked]')).toHaveText('line 3');
  await api.runIs(id, 'succeeded');
  await page.getByRole('button', { name: 'To the end' }).click();
  await expect(log).toContainText('line 6000');
  await expect(page.locator('[data-follow=complete]')).toBeVisible();
  const seen = await log.locator('[data-key]').allTextContents();
  const from = Number(seen[0]?.replace('line ', ''));
  expect(seen).toEqual(Array.from({ length: 6000 - from + 1 }, (_, i) => `line ${from + i}`));
});

test('a line is on the page within a second of being written', async ({ inside: page, api }) => {
  // Each line says when it was written; the page's clock is the same machine's.
  const script = 'while true; do\n  date "+written %s%3N"\n  sleep 0.4\ndone\n';
  await api.save({ name: 'page-prompt', shell: { script } });
  const id = await api.run('page-prompt');
  await api.runIs(id, 'running');
  await page.goto(`/runs/${id}`);
  const log = page.getByRole('log');
  await expect(log).toContainText('written');
  // From here on: what stood there before was read as a whole.
  const waits = await log.evaluate(
    (element, wanted) =>
      new Promise<number[]>((resolve) => {
        const known = new Set(element.textContent?.match(/written \d+/g));
        const found: number[] = [];
        const look = () => {
          const text = element.textContent ?? '';
          for (const line of text.match(/written \d{13}/g) ?? []) {
            if (!known.has(line)) found.push(Date.now() - Number(line.slice('written '.length)));
            known.add(line);
          }
          if (found.length >= wanted) resolve(found);
        };
        new MutationObserver(look).observe(element, { childList: true, subtree: true, characterData: true });
      }),
    15,
  );
  await api.kill('page-prompt');
  // The middle one: a busy machine may hold back any one of them.
  const middle = waits.sort((a, b) => a - b)[Math.floor(waits.length / 2)];
  expect(middle, `ms between each line and its place on the page: ${waits.join(', ')}`).toBeLessThan(1000);
});
