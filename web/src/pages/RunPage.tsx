// One run: how it stands and why, where and when, what it used, and its output as it comes.

import { Anchor, Button, Group, Text } from '@mantine/core';
import { IconPencil, IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { messageOf } from '../api/problem';
import { refresh, useJob, useRun } from '../api/queries';
import type { Outcome, RunRecord } from '../api/types';
import { useActions } from '../components/actions';
import { For } from '../components/For';
import { LogView } from '../components/LogView';
import { Reason } from '../components/Reason';
import { StatusBadge } from '../components/StatusBadge';
import { statusLook, TRIGGERS } from '../components/status';
import { UsageBars } from '../components/UsageBars';
import { type Fact, Facts } from '../design/Facts';
import { Page } from '../design/Page';
import { Panel } from '../design/Panel';
import { Failure, Loading } from '../design/States';
import { Elapsed, Time } from '../design/Time';
import { t, tx } from '../i18n';
import { isolationWords } from '../lib/isolation';
import { langOf } from '../lib/language';
import { lastChunks } from '../lib/output';
import { duration, instant } from '../lib/time';

/** Bytes shown first of a run that has ended; earlier ones on demand. */
const LAST_BYTES = 256 * 1024;

export function RunPage({ id }: { id: string }) {
  const run = useRun(id);
  if (run.isPending) return <Loading what={t('run.theRun')} />;
  if (!run.data) {
    return (
      <Page title={t('run.run')}>
        <Failure
          title={t('run.theRunCannotBeRead')}
          message={messageOf(run.error)}
          retry={() => void run.refetch()}
        />
      </Page>
    );
  }
  return <Loaded run={run.data} />;
}

function Loaded({ run }: { run: RunRecord }) {
  const client = useQueryClient();
  const job = useJob(run.job, false);
  // Where the output began to be followed stays, whatever the record says later.
  const [from] = useState(() => lastChunks(run.output?.chunks ?? 0, run.output?.bytes ?? 0, LAST_BYTES));
  const edited = job.data && job.data.saved.spec_id !== run.spec_id;
  return (
    <Page
      title={t('run.runOf', { job: run.job })}
      heading={
        <Group gap="sm">
          <Anchor component={Link} href={`/jobs/${run.job}`} inherit c="inherit">
            {run.job}
          </Anchor>
          <StatusBadge status={run.status} />
        </Group>
      }
      about={<Why run={run} />}
      actions={<RunActions run={run} exists={job.isSuccess} />}
    >
      <Panel>
        <Facts facts={facts(run)} />
      </Panel>
      {run.outcome && (
        <Panel
          title={t('run.useAgainstLimits')}
          aside={
            edited && (
              <Text size="xs" c="dimmed">
                {t('run.theJobWasEditedSince')}
              </Text>
            )
          }
        >
          <UsageBars run={run} limits={job.data?.job.limits} />
          <HeldBy applied={run.outcome.applied ?? []} />
          {run.outcome.ran_as && <RanAs ranAs={run.outcome.ran_as} />}
        </Panel>
      )}
      <Panel flush>
        <LogView key={run.id} run={run.id} from={from} onEnd={() => void refresh(client)} />
      </Panel>
    </Page>
  );
}

function HeldBy({ applied }: { applied: NonNullable<Outcome['applied']> }) {
  const held = applied.filter(({ held }) => held !== false);
  const without = applied.filter(({ held }) => held === false);
  const words = (limits: typeof applied) => {
    const told = limits.map(({ limit, by }) => `${limit}: ${by}`).join(' \u00b7 ');
    return <span lang={langOf(told)}>{told}</span>;
  };
  return (
    <>
      {held.length > 0 && (
        <Text size="xs" c="dimmed" mt="sm">
          {tx('run.heldBy', { held: words(held) })}
        </Text>
      )}
      {without.length > 0 && (
        <Text size="xs" mt="sm">
          {tx('run.ranWithout', { without: words(without) })}
        </Text>
      )}
    </>
  );
}

function RanAs({ ranAs }: { ranAs: NonNullable<Outcome['ran_as']> }) {
  return (
    <Text size="xs" c="dimmed" mt="sm" data-isolation={ranAs.isolation}>
      {tx('run.ranAsUserId', {
        user: ranAs.user,
        uid: ranAs.uid,
        isolation: isolationWords(ranAs.isolation),
        why: <span lang={langOf(ranAs.why)}>{ranAs.why}</span>,
      })}
    </Text>
  );
}

function Why({ run }: { run: RunRecord }) {
  if (run.reason) return <Reason run={run} />;
  if (run.status !== 'running') return <span data-reason>{statusLook(run.status).means}</span>;
  return <span data-reason>{tx('run.runningFor', { elapsed: <Elapsed from={run.started_at} /> })}</span>;
}

function RunActions({ run, exists }: { run: RunRecord; exists: boolean }) {
  const act = useActions();
  const [, navigate] = useLocation();
  const again = async () => {
    const next = await act.run(run.job);
    if (next) navigate(`/runs/${next}`);
  };
  return (
    <>
      <For least="operator">
        {!statusLook(run.status).final && (
          <Button
            color="red"
            variant="outline"
            leftSection={<IconPlayerStop size={16} aria-hidden />}
            onClick={() => void act.killRun(run.id)}
          >
            {t('common.kill')}
          </Button>
        )}
      </For>
      {exists && (
        <>
          <For least="operator">
            <Button
              variant="default"
              leftSection={<IconPlayerPlay size={16} aria-hidden />}
              onClick={() => void again()}
            >
              {t('run.runTheJobNow')}
            </Button>
          </For>
          <For least="editor">
            <Button
              component={Link}
              href={`/jobs/${run.job}/edit`}
              variant="default"
              leftSection={<IconPencil size={16} aria-hidden />}
            >
              {t('run.editTheJob')}
            </Button>
          </For>
        </>
      )}
    </>
  );
}

function facts(run: RunRecord): (Fact | false | undefined)[] {
  const { outcome } = run;
  const late = lateness(run);
  return [
    { name: t('common.scheduled'), value: <Time at={run.scheduled_at} as="wall" /> },
    {
      name: t('common.started'),
      value: run.started_at && (
        <>
          <Time at={run.started_at} as="wall" />
          {late && (
            <Text c="dimmed" size="xs">
              {late}
            </Text>
          )}
        </>
      ),
    },
    run.ended_at ? { name: t('common.endedTitle'), value: <Time at={run.ended_at} as="wall" /> } : undefined,
    { name: t('common.took'), value: run.started_at && <Elapsed from={run.started_at} to={run.ended_at} /> },
    {
      name: t('common.trigger'),
      value: run.requested_by
        ? t('run.triggerBy', { trigger: TRIGGERS[run.trigger], author: run.requested_by })
        : TRIGGERS[run.trigger],
    },
    { name: t('common.worker'), value: run.worker },
    { name: t('run.attempt'), value: run.attempt },
    outcome?.words && outcome.words !== run.reason ? { name: t('run.end'), value: outcome.words } : undefined,
    run.late_outcome?.words
      ? { name: t('run.endedAfterItWasSettled'), value: run.late_outcome.words }
      : undefined,
    { name: t('run.fence'), value: run.fence },
    {
      name: t('run.run'),
      value: (
        <Text ff="monospace" size="xs">
          {run.id}
        </Text>
      ),
    },
  ];
}

function lateness(run: RunRecord): string | undefined {
  const due = instant(run.scheduled_at);
  const start = instant(run.started_at);
  return due === undefined || start === undefined || start <= due
    ? undefined
    : t('run.after', { count: duration(start - due) });
}
