// Ctrl-K: find a page or a job by a few letters, and go there or act on it without leaving the keyboard.
//
// Jobs are the server's search, as on the page of jobs; an action says by its toast what came of it.

import { useDebouncedValue } from '@mantine/hooks';
import { Spotlight, type SpotlightActionData, type SpotlightActionGroupData } from '@mantine/spotlight';
import {
  IconCalendarTime,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlus,
  IconSearch,
} from '@tabler/icons-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { useFoundJobs, useMay } from '../api/queries';
import type { JobSummary } from '../api/types';
import { t } from '../i18n';
import { useActions } from './actions';
import { askPause } from './confirm';
import { usePages } from './pages';

const SEARCH_WAIT_MS = 150;

export function Palette() {
  const [query, setQuery] = useState('');
  const [settled] = useDebouncedValue(query.trim(), SEARCH_WAIT_MS);
  const found = useFoundJobs(settled);
  const [, navigate] = useLocation();
  const act = useActions();
  const jobs = (settled && found.data?.jobs) || [];
  const deeds = (job: JobSummary): SpotlightActionData[] => [
    {
      id: `open ${job.name}`,
      label: job.name,
      description: job.description || job.schedule,
      leftSection: <IconCalendarTime size={18} aria-hidden />,
      onClick: () => navigate(`/jobs/${job.name}`),
    },
    {
      id: `run ${job.name}`,
      label: t('common.runNow', { name: job.name }),
      leftSection: <IconPlayerPlay size={18} aria-hidden />,
      onClick: () => void act.run(job.name).then((run) => run && navigate(`/runs/${run}`)),
    },
    {
      id: `edit ${job.name}`,
      label: t('common.edit', { name: job.name }),
      leftSection: <IconPencil size={18} aria-hidden />,
      onClick: () => navigate(`/jobs/${job.name}/edit`),
    },
    job.paused
      ? {
          id: `resume ${job.name}`,
          label: t('common.resume', { name: job.name }),
          leftSection: <IconPlayerPlay size={18} aria-hidden />,
          onClick: () => void act.resume(job.name),
        }
      : {
          id: `pause ${job.name}`,
          label: t('common.pause', { name: job.name }),
          leftSection: <IconPlayerPause size={18} aria-hidden />,
          onClick: () => askPause(job.name, (pause) => void act.pause(job.name, pause)),
        },
  ];
  const may = useMay();
  const offered = ({ id = '' }: SpotlightActionData) =>
    id.startsWith('open ') || may(id.startsWith('edit ') || id === 'new' ? 'editor' : 'operator');
  const pages = usePages();
  const groups: SpotlightActionGroupData[] = [
    { group: t('common.jobs'), actions: jobs.flatMap(deeds).filter(offered) },
    {
      group: t('shell.pages'),
      actions: [
        ...pages.map(({ to, label, icon: Icon }) => ({
          id: to,
          label,
          leftSection: <Icon size={18} aria-hidden />,
          onClick: () => navigate(to),
        })),
        ...[
          {
            id: 'new',
            label: t('common.newJob'),
            leftSection: <IconPlus size={18} aria-hidden />,
            onClick: () => navigate('/jobs/new'),
          },
        ].filter(offered),
      ],
    },
  ];
  return (
    <Spotlight
      actions={groups}
      query={query}
      onQueryChange={setQuery}
      shortcut="mod + K"
      filter={(asked, actions) => matching(asked, actions as SpotlightActionGroupData[])}
      nothingFound={found.isFetching ? t('shell.looking') : t('shell.nothingHasTheseLetters')}
      searchProps={{
        'aria-label': t('shell.findAJobOrA'),
        placeholder: t('shell.findAJobOrA'),
        leftSection: <IconSearch size={18} aria-hidden />,
      }}
      attributes={{ content: { 'aria-label': t('shell.findAJobOrA') } }}
      scrollable
      maxHeight={420}
    />
  );
}

/** Jobs were found by the server already; pages are matched here, by their names. */
function matching(query: string, groups: SpotlightActionGroupData[]): SpotlightActionGroupData[] {
  const asked = query.trim().toLowerCase();
  return groups
    .map(({ group, actions }) => ({
      group,
      actions: actions.filter(
        ({ label }) => group === t('common.jobs') || label?.toLowerCase().includes(asked),
      ),
    }))
    .filter(({ actions }) => actions.length > 0);
}
