// Kill or rerun many runs: those that are chosen, or all that the filters take. The server counts first, and what is then
// done is what was counted; if other runs match by then, nothing is done.

import { Button, List, Menu, Stack, Text } from '@mantine/core';
import { IconChevronDown, IconPlayerStop, IconRefresh } from '@tabler/icons-react';
import type { RunFilter } from '../../api/queries';
import type { ActionItem, ActionReply, RunActionRequest, RunRecord } from '../../api/types';
import { t } from '../../i18n';
import { type Actions, useActions } from '../actions';
import { ChosenBar } from '../ChosenBar';
import { confirm, explain } from '../confirm';
import { statusLook } from '../status';
import { done } from '../toast';

type Act = RunActionRequest['action'];

/** Most jobs or failures that a question names. */
const NAMED_MAX = 8;

/** What can be done with the runs that are chosen. */
export function ChosenRuns({ runs, clear }: { runs: RunRecord[]; clear: () => void }) {
  const act = useActions();
  const live = runs.filter(({ status }) => !statusLook(status).final).map(({ id }) => id);
  const over = runs.filter(({ status }) => statusLook(status).final).map(({ id }) => id);
  const ask = (action: Act, ids: string[]) => void plan(act, action, [{ ids }], clear);
  return (
    <ChosenBar label={t('runs.chosenRuns')} words={t('runs.chosen', { count: runs.length })} onClear={clear}>
      <Button
        variant="default"
        disabled={live.length === 0}
        leftSection={<IconPlayerStop size={16} aria-hidden />}
        onClick={() => ask('kill', live)}
      >
        {t('runs.kill', { count: live.length || '' })}
      </Button>
      <Button
        variant="default"
        disabled={over.length === 0}
        leftSection={<IconRefresh size={16} aria-hidden />}
        onClick={() => ask('rerun', over)}
      >
        {t('runs.rerun', { count: over.length || '' })}
      </Button>
    </ChosenBar>
  );
}

/** The menu for all runs that the filters take, listed or not. */
export function AllMenu({ filters }: { filters: RunFilter[] }) {
  const act = useActions();
  const ask = (action: Act) =>
    void plan(
      act,
      action,
      filters.map((filter) => ({ filter })),
    );
  return (
    <Menu position="bottom-end" withinPortal={false}>
      <Menu.Target>
        <Button variant="default" rightSection={<IconChevronDown size={14} aria-hidden />}>
          {t('runs.allThatMatch')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPlayerStop size={16} aria-hidden />} onClick={() => ask('kill')}>
          {t('runs.killThoseThatGoOn')}
        </Menu.Item>
        <Menu.Item leftSection={<IconRefresh size={16} aria-hidden />} onClick={() => ask('rerun')}>
          {t('runs.rerunThoseThatHaveEnded')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

type Which = Pick<RunActionRequest, 'ids' | 'filter'>;

async function plan(act: Actions, action: Act, which: Which[], after?: () => void) {
  const planned: { asked: RunActionRequest; reply: ActionReply }[] = [];
  for (const one of which) {
    const asked: RunActionRequest = { action, ...one };
    const reply = await act.plan(asked);
    if (!reply) return;
    if (reply.count > 0) planned.push({ asked, reply });
  }
  const items = planned.flatMap(({ reply }) => reply.items);
  if (items.length === 0) {
    return action === 'kill'
      ? explain({ title: t('runs.thereIsNothingToKill'), text: t('runs.noneOfThemGoesOn') })
      : explain({ title: t('runs.thereIsNothingToRerun'), text: t('runs.noneOfThemHasEnded') });
  }
  confirm({
    title:
      action === 'kill'
        ? t('runs.killAsk', { runs: plural(items.length) })
        : t('runs.rerunAsk', { runs: plural(items.length) }),
    text: <Touched action={action} items={items} />,
    yes:
      action === 'kill'
        ? t('runs.killTitle', { runs: plural(items.length) })
        : t('runs.rerunTitle', { runs: plural(items.length) }),
    danger: action === 'kill',
    onYes: () => void carryOut(act, action, planned).then(after),
  });
}

async function carryOut(
  act: Actions,
  action: Act,
  planned: { asked: RunActionRequest; reply: ActionReply }[],
) {
  const items: ActionItem[] = [];
  for (const { asked, reply } of planned) {
    const came = await act.actOnRuns(asked, reply);
    if (came) items.push(...came.items);
  }
  const failed = items.filter(({ result }) => result === 'failed');
  const good = items.length - failed.length;
  if (good > 0) {
    done(
      action === 'kill'
        ? t('runs.willBeStoppedWithinSeconds', { good: plural(good) })
        : t('runs.askedFor', { good: plural(good) }),
    );
  }
  if (failed.length > 0) {
    explain({
      title: t('runs.couldNotBeDone', { count: plural(failed.length) }),
      text: <Failures items={failed} />,
    });
  }
}

function Touched({ action, items }: { action: Act; items: ActionItem[] }) {
  const jobs = new Map<string, number>();
  for (const { job } of items) jobs.set(job, (jobs.get(job) ?? 0) + 1);
  const named = [...jobs].slice(0, NAMED_MAX);
  return (
    <Stack gap="xs">
      <Text>
        {action === 'kill' ? t('runs.theyEndAsKilled') : t('runs.eachIsRunOnceMore')}{' '}
        {t('runs.theServerCountedOfJobs', {
          runs: plural(items.length),
          jobs: jobs.size,
        })}
      </Text>
      <List size="sm" aria-label={t('runs.runsThatItTouches')}>
        {named.map(([job, count]) => (
          <List.Item key={job}>
            {job}: {count}
          </List.Item>
        ))}
        {jobs.size > named.length && (
          <List.Item>{t('runs.andMoreJobs', { count: jobs.size - named.length })}</List.Item>
        )}
      </List>
    </Stack>
  );
}

function Failures({ items }: { items: ActionItem[] }) {
  return (
    <List size="sm">
      {items.slice(0, NAMED_MAX).map(({ run, job, detail, code }) => (
        <List.Item key={run ?? job}>
          {job}: {detail ?? code}
        </List.Item>
      ))}
      {items.length > NAMED_MAX && (
        <List.Item>{t('common.andMore', { count: items.length - NAMED_MAX })}</List.Item>
      )}
    </List>
  );
}

function plural(count: number): string {
  return t('runs.runs', { count });
}
