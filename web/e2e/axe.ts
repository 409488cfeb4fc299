// What axe finds on a page, told by lines.

import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';

/** Returns what axe finds by all its rules or by these, a line for each element. */
export async function faults(page: Page, { without, rules }: { without?: string; rules?: string[] } = {}) {
  // No frame of another origin is here, which the other mode opens an empty page for, each time.
  const axe = new AxeBuilder({ page }).setLegacyMode();
  if (without) axe.exclude(without);
  if (rules) axe.withRules(rules);
  const { violations } = await axe.analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  );
}
