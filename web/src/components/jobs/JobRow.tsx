// One job in the table: its switch, what it is, when it runs, how it went, and what can be done with it.
//
// Plain elements throughout: while a long list is scrolled, dozens of these are drawn with each step.

import { Table } from '@mantine/core';
import { IconBoxModel2, IconTerminal2 } from '@tabler/icons-react';
import { memo, useState } from 'react';
import { Link } from 'wouter';
import type { JobSummary, Role } from '../../api/types';
import { Time } from '../../design/Time';
import { t, useLanguage } from '../../i18n';
import { labelText } from '../../lib/joblist';
import { langOf } from '../../lib/language';
import { instant, wall } from '../../lib/time';
import { JobButtons } from '../JobButtons';
import { KindMark } from '../KindMark';
import { RunStrip } from '../RunStrip';
import row from '../row.module.css';
import { Schedule } from '../Schedule';
import { JobMenu } from './JobMenu';
import type { Width } from './JobTable';
import classes from './jobs.module.css';

type Props = {
  job: JobSummary;
  index: number;
  width: Width;
  height: number;
  may: (role: Role) => boolean;
  isChosen: boolean;
  choose: (names: string[], on: boolean, range?: boolean) => void;
  onToggle: (name: string, enabled: boolean) => Promise<void>;
};

export const JobRow = memo(function JobRow(props: Props) {
  const { job, index, width, height, may, isChosen, choose, onToggle } = props;
  useLanguage();
  const choosable = may('operator');
  return (
    <Table.Tr
      data-job={job.name}
      aria-rowindex={index}
      aria-selected={choosable ? isChosen : undefined}
      className={classes.job}
      style={{ height }}
    >
      {choosable && (
        <td className={classes.choose}>
          <input
            type="checkbox"
            className={row.check}
            aria-label={t('jobs.choose', { name: job.name })}
            checked={isChosen}
            onChange={(event) => {
              const { shiftKey = false } = event.nativeEvent as MouseEvent;
              choose([job.name], event.currentTarget.checked, shiftKey);
            }}
          />
        </td>
      )}
      {width === 'narrow' ? <Narrow job={job} /> : <Wide {...props} labels={width === 'wide'} />}
      <td className={classes.actions}>
        <span className={classes.buttons}>
          {width !== 'narrow' && <JobButtons job={job} may={may} />}
          <JobMenu job={job} may={may} onToggle={onToggle} />
        </span>
      </td>
    </Table.Tr>
  );
});

function Narrow({ job }: { job: JobSummary }) {
  const words = job.words || job.schedule;
  return (
    <>
      <td className={classes.name}>
        <Name job={job} />
        <div className={row.below} lang={langOf(words)}>
          {words}
        </div>
        <Strip job={job} />
      </td>
      <td className={classes.next}>
        <Next job={job} />
      </td>
    </>
  );
}

/** `labels` have a column of their own, or stand below the name. */
function Wide({ job, labels, may, onToggle }: Props & { labels: boolean }) {
  return (
    <>
      <td className={classes.enabled}>
        {may('editor') ? (
          <Enabled job={job} onToggle={onToggle} />
        ) : (
          <span className={classes.off}>{job.enabled ? t('jobs.on') : t('jobs.off')}</span>
        )}
      </td>
      <td className={classes.name}>
        <Name job={job} />
        <div className={row.below} title={job.description || undefined} lang={langOf(job.description)}>
          {!labels && <Labels labels={job.labels} />}
          {job.description}
        </div>
      </td>
      <td className={classes.kind}>{labels ? <KindMark kind={job.kind} /> : <KindIcon kind={job.kind} />}</td>
      <td className={classes.schedule}>
        <Schedule text={job.schedule} words={job.words} zone={job.zone || job.timezone} />
      </td>
      <td className={classes.next}>
        <Next job={job} />
      </td>
      <td className={classes.last}>
        <Strip job={job} />
      </td>
      {labels && (
        <td className={classes.labels}>
          <div className={classes.twoLines} title={labelText(job)}>
            <Labels labels={job.labels} />
          </div>
        </td>
      )}
    </>
  );
}

function Name({ job }: { job: JobSummary }) {
  return (
    <div className={`${row.line} ${classes.title}`} title={job.name}>
      <Link href={`/jobs/${job.name}`} className="plain">
        {job.name}
      </Link>
    </div>
  );
}

/** Moves at once, and back when the server refuses. */
function Enabled({ job, onToggle }: Pick<Props, 'job' | 'onToggle'>) {
  const [wanted, setWanted] = useState<boolean>();
  const on = wanted ?? job.enabled;
  return (
    <input
      type="checkbox"
      role="switch"
      className={row.switch}
      aria-label={t('jobs.isEnabled', { name: job.name })}
      checked={on}
      aria-checked={on}
      disabled={wanted !== undefined}
      onChange={(event) => {
        const next = event.currentTarget.checked;
        setWanted(next);
        void onToggle(job.name, next).finally(() => setWanted(undefined));
      }}
    />
  );
}

function Strip({ job }: { job: JobSummary }) {
  // Not read yet: it comes when the row stands still.
  return job.recent ? <RunStrip runs={job.recent} /> : <span className={classes.unread} />;
}

function Labels({ labels }: { labels: Record<string, string> }) {
  return Object.entries(labels).map(([key, value]) => (
    <span key={key} className={classes.label}>
      {key}:{value}
    </span>
  ));
}

function KindIcon({ kind }: { kind: JobSummary['kind'] }) {
  const Icon = kind === 'wasm' ? IconBoxModel2 : IconTerminal2;
  const label = kind === 'wasm' ? t('common.wasiModule') : t('jobs.shellScript');
  return (
    <span className={classes.icon} title={label}>
      <Icon size={16} aria-hidden />
      <span className="sr-only">{label}</span>
    </span>
  );
}

function Next({ job }: { job: JobSummary }) {
  return (
    <>
      <Stand job={job} />
      {job.running > 0 && <div className={classes.busy}>{t('jobs.running', { running: job.running })}</div>}
    </>
  );
}

function Stand({ job }: { job: JobSummary }) {
  const { paused } = job;
  if (paused) {
    const { by, why, until } = paused;
    const who = why ? t('jobs.byWhy', { by, why }) : t('jobs.by', { by });
    return (
      <span
        className={classes.paused}
        title={until ? t('jobs.whoUntil', { who, until: wall(instant(until) ?? 0) }) : who}
      >
        {t('jobs.paused')}
      </span>
    );
  }
  if (!job.enabled) return <span className={classes.off}>{t('jobs.disabled')}</span>;
  if (job.status === 'ended') {
    return (
      <span className={classes.off} title={job.ended ?? undefined}>
        {t('common.endedTitle')}
      </span>
    );
  }
  return <Time at={job.next_at} zone={job.zone || job.timezone} as="countdown" />;
}
