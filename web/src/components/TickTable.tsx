// The story of a job's due moments: ran, skipped, missed, or still to come, each with its reason.

import { Table, Text } from '@mantine/core';
import { Link } from 'wouter';
import { messageOf } from '../api/problem';
import { useTicks } from '../api/queries';
import type { TickView } from '../api/types';
import { More } from '../design/More';
import { Empty, Failure, Loading, Stale } from '../design/States';
import { Time } from '../design/Time';
import { t, tx } from '../i18n';
import { inChinese } from './inChinese';
import { StatusBadge } from './StatusBadge';
import { Words } from './Words';

const useChinese = inChinese(async () => (await import('../i18n/zh/ticks')).tickInChinese);

const PLAIN = {
  get pending() {
    return t('upcoming.toCome');
  },
  get overdue() {
    return t('upcoming.dueNotTaken');
  },
  get taken() {
    return t('upcoming.takenRecordOnItsWay');
  },
};

/** Shows the due moments of the last week, newest first. */
export function TickTable({ name, zone }: { name: string; zone: string }) {
  const ticks = useTicks(name);
  const told = useChinese();
  if (ticks.isPending) return <Loading what={t('upcoming.ticks')} />;
  if (!ticks.data) {
    return (
      <Failure
        title={t('upcoming.theTicksCannotBeRead')}
        message={messageOf(ticks.error)}
        retry={() => void ticks.refetch()}
      />
    );
  }
  const found = ticks.data.pages.flatMap((page) => page.ticks);
  const lacks = <Lacks ticks={ticks} factsAway={ticks.data.pages.some((page) => page.facts_away)} />;
  if (found.length === 0) {
    return (
      <>
        {lacks}
        <Empty title={t('upcoming.nothingFellDue')}>{t('upcoming.dueMomentsStandHere')}</Empty>
      </>
    );
  }
  // With more than one worker at one instant, it must be told whose tick this is.
  const perWorker = new Set(found.map((tick) => tick.at)).size < found.length;
  return (
    <>
      {lacks}
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('upcoming.due')}</Table.Th>
            {perWorker && <Table.Th>{t('common.worker')}</Table.Th>}
            <Table.Th style={{ whiteSpace: 'nowrap' }}>{t('upcoming.whatBecameOfIt')}</Table.Th>
            <Table.Th>{t('common.why')}</Table.Th>
            <Table.Th>{t('upcoming.attempts')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {found.map((tick) => (
            <Table.Tr key={`${tick.at} ${tick.worker ?? ''} ${tick.until ?? ''}`}>
              <Table.Td>
                {tick.until && tick.until !== tick.at ? (
                  tx('upcoming.fromUntil', {
                    from: <Time at={tick.at} zone={zone} as="wall" />,
                    until: <Time at={tick.until} zone={zone} as="wall" />,
                  })
                ) : (
                  <Time at={tick.at} zone={zone} as="wall" />
                )}
              </Table.Td>
              {perWorker && <Table.Td>{tick.worker}</Table.Td>}
              <Table.Td>
                <Became tick={tick} />
              </Table.Td>
              <Table.Td>
                <Words said={tick.reason} told={told?.(tick)} />
              </Table.Td>
              <Table.Td>{tick.attempts || ''}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <More query={ticks} what={t('upcoming.ticks')} />
    </>
  );
}

/** Says that the ticks are those of an earlier answer, or that nobody knows what ran; they are asked for again by themselves. */
function Lacks({ ticks, factsAway }: { ticks: ReturnType<typeof useTicks>; factsAway: boolean }) {
  const retry = () => void ticks.refetch();
  if (ticks.error) {
    const at = new Date(ticks.dataUpdatedAt).toISOString();
    return (
      <Stale
        title={tx('upcoming.asReadAt', { at: <Time at={at} as="wall" /> })}
        message={messageOf(ticks.error)}
        retry={retry}
      />
    );
  }
  if (!factsAway) return null;
  return (
    <Stale
      title={t('upcoming.whatRanIsNotKnown')}
      message={t('upcoming.mongodbDoesNotAnswer')}
      retry={retry}
    />
  );
}

function Became({ tick }: { tick: TickView }) {
  if (tick.kind in PLAIN) return <Text c="dimmed">{PLAIN[tick.kind as keyof typeof PLAIN]}</Text>;
  const badge = <StatusBadge status={tick.kind === 'run' ? (tick.status ?? 'running') : tick.kind} />;
  return tick.run ? (
    <Link href={`/runs/${tick.run}`} className="plain">
      {badge}
    </Link>
  ) : (
    badge
  );
}
