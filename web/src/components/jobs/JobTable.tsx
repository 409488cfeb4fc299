// Jobs in rows of one height, of which only those in sight are drawn: ten thousand cost what a screenful costs.
//
// Columns give way as the table gets narrow; on a phone a job is three lines and a menu. For assistive programs the table
// says how many rows there are, and each row which it is.

import { Checkbox, Table, Text, UnstyledButton } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { IconArrowDown, IconArrowUp, IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useCallback, useRef } from 'react';
import { reaches, useSession } from '../../api/queries';
import type { Role } from '../../api/types';
import { t } from '../../i18n';
import type { Row, Sort, View } from '../../lib/joblist';
import { JobRow } from './JobRow';
import classes from './jobs.module.css';
import { type Merge, useInSight } from './useJobList';
import { useRowsInSight } from './useRowsInSight';

export type Width = 'wide' | 'middle' | 'narrow';

const ROW_HEIGHT: Record<Width, number> = { wide: 46, middle: 46, narrow: 84 };
const WIDE_FROM = 1180;
const MIDDLE_FROM = 680;

/** `beside` is what stands in the same cell. */
type Column = { key: Sort; text: string; beside?: { key: Sort; text: string } };

const COLUMNS: Record<Width, Column[]> = {
  wide: [
    {
      key: 'enabled',
      get text() {
        return t('jobs.onTitle');
      },
    },
    {
      key: 'name',
      get text() {
        return t('common.name');
      },
    },
    {
      key: 'kind',
      get text() {
        return t('common.kind');
      },
    },
    {
      key: 'schedule',
      get text() {
        return t('common.schedule');
      },
    },
    {
      key: 'next',
      get text() {
        return t('jobs.nextRun');
      },
    },
    {
      key: 'last',
      get text() {
        return t('common.lastRuns');
      },
    },
    {
      key: 'labels',
      get text() {
        return t('common.labels');
      },
    },
  ],
  middle: [
    {
      key: 'enabled',
      get text() {
        return t('jobs.onTitle');
      },
    },
    {
      key: 'name',
      get text() {
        return t('common.name');
      },
      beside: {
        key: 'labels',
        get text() {
          return t('common.labels');
        },
      },
    },
    {
      key: 'kind',
      get text() {
        return t('common.kind');
      },
    },
    {
      key: 'schedule',
      get text() {
        return t('common.schedule');
      },
    },
    {
      key: 'next',
      get text() {
        return t('jobs.nextRun');
      },
    },
    {
      key: 'last',
      get text() {
        return t('common.lastRuns');
      },
    },
  ],
  narrow: [
    {
      key: 'name',
      get text() {
        return t('common.name');
      },
    },
    {
      key: 'next',
      get text() {
        return t('jobs.nextRun');
      },
    },
  ],
};

type Props = {
  rows: Row[];
  view: View;
  onSort: (sort: Sort) => void;
  chosen: ReadonlySet<string>;
  choose: (names: string[], on: boolean, range?: boolean) => void;
  /** All jobs of the view, also those of folded groups. */
  names: string[];
  folded: ReadonlySet<string>;
  onFold: (value: string) => void;
  onToggle: (name: string, enabled: boolean) => Promise<void>;
  /** Takes what is read of the jobs in sight. */
  merge: Merge;
};

export function JobTable(props: Props) {
  const { rows, view, onSort, chosen, choose, names, folded, onFold, onToggle, merge } = props;
  const { ref: box, width: pixels } = useElementSize();
  const width: Width =
    pixels === 0 || pixels >= WIDE_FROM ? 'wide' : pixels >= MIDDLE_FROM ? 'middle' : 'narrow';
  const height = ROW_HEIGHT[width];
  const body = useRef<HTMLTableSectionElement>(null);
  const { first, end } = useRowsInSight(body, height, rows.length);
  const shown = rows.slice(first, end);
  const inSight = shown.flatMap((row) => (row.kind === 'job' ? [row.job.name] : [])).join(',');
  useInSight(inSight, merge);
  const role = useSession().data?.role;
  const may = useCallback((needed: Role) => reaches(role, needed), [role]);
  const columns = COLUMNS[width];
  const choosable = may('operator');
  const span = columns.length + (choosable ? 2 : 1);
  const count = names.filter((name) => chosen.has(name)).length;
  return (
    <div ref={box} className={classes.box} data-width={width}>
      <Table
        className={classes.table}
        highlightOnHover
        aria-rowcount={rows.length + 1}
        aria-label={t('common.jobs')}
        stickyHeader
        stickyHeaderOffset="var(--app-shell-header-height, 48px)"
      >
        <Table.Thead>
          <Table.Tr aria-rowindex={1}>
            {choosable && (
              <Table.Th className={classes.choose}>
                <Checkbox
                  size="xs"
                  aria-label={t('jobs.chooseAllJobsShown', { count: names.length })}
                  checked={count > 0 && count === names.length}
                  indeterminate={count > 0 && count < names.length}
                  onChange={(event) => choose(names, event.currentTarget.checked)}
                />
              </Table.Th>
            )}
            {columns.map((column) => (
              <Head key={column.key} column={column} view={view} onSort={onSort} />
            ))}
            <Table.Th className={classes.actions}>
              <span className="sr-only">{t('common.actions')}</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody ref={body}>
          <Spacer height={first * height} span={span} />
          {shown.map((row, at) =>
            row.kind === 'group' ? (
              <GroupRow
                key={`group ${row.value}`}
                row={row}
                index={first + at + 2}
                group={view.group ?? ''}
                span={choosable ? span - 1 : span}
                height={height}
                chosen={choosable ? chosen : undefined}
                choose={choose}
                isFolded={folded.has(row.value)}
                onFold={onFold}
              />
            ) : (
              <JobRow
                key={row.job.name}
                job={row.job}
                index={first + at + 2}
                width={width}
                height={height}
                isChosen={chosen.has(row.job.name)}
                choose={choose}
                onToggle={onToggle}
                may={may}
              />
            ),
          )}
          <Spacer height={(rows.length - end) * height} span={span} />
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Head({ column, view, onSort }: { column: Column; view: View; onSort: Props['onSort'] }) {
  const all = column.beside ? [column, column.beside] : [column];
  const active = all.some(({ key }) => view.sort === key);
  const Arrow = view.down ? IconArrowDown : IconArrowUp;
  return (
    <Table.Th
      className={classes[column.key]}
      aria-sort={active ? (view.down ? 'descending' : 'ascending') : undefined}
    >
      {all.map(({ key, text }) => (
        <UnstyledButton key={key} className={classes.sort} onClick={() => onSort(key)}>
          {text}
          {view.sort === key && <Arrow size={14} aria-hidden />}
        </UnstyledButton>
      ))}
    </Table.Th>
  );
}

/** Stands for the rows beyond the screen. */
function Spacer({ height, span }: { height: number; span: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden className={classes.spacer}>
      <td colSpan={span} style={{ height }} />
    </tr>
  );
}

type GroupProps = {
  row: Extract<Row, { kind: 'group' }>;
  index: number;
  group: string;
  span: number;
  height: number;
  chosen?: ReadonlySet<string>;
  choose: Props['choose'];
  isFolded: boolean;
  onFold: Props['onFold'];
};

function GroupRow({ row, index, group, span, height, chosen, choose, isFolded, onFold }: GroupProps) {
  const { value, count, names } = row;
  const Chevron = isFolded ? IconChevronRight : IconChevronDown;
  const title = value ? `${group}: ${value}` : t('jobs.without', { group });
  const picked = chosen ? names.filter((name) => chosen.has(name)).length : 0;
  return (
    <Table.Tr className={classes.group} aria-rowindex={index} data-group={value} style={{ height }}>
      {chosen && (
        <Table.Td className={classes.choose}>
          <Checkbox
            size="xs"
            aria-label={t('jobs.chooseAllJobs', { title })}
            checked={picked > 0 && picked === count}
            indeterminate={picked > 0 && picked < count}
            onChange={(event) => choose(names, event.currentTarget.checked)}
          />
        </Table.Td>
      )}
      <Table.Td colSpan={span}>
        <UnstyledButton className={classes.fold} aria-expanded={!isFolded} onClick={() => onFold(value)}>
          <Chevron size={16} aria-hidden />
          <Text span fw={600}>
            {title}
          </Text>
          <Text span size="xs" c="dimmed">
            {count}
          </Text>
        </UnstyledButton>
      </Table.Td>
    </Table.Tr>
  );
}
