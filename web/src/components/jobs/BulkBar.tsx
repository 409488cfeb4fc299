// What can be done with the jobs that are chosen.

import { Button, Menu } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useMay } from '../../api/queries';
import type { JobAction } from '../../api/types';
import { t } from '../../i18n';
import { ChosenBar } from '../ChosenBar';
import { DEEDS } from './deeds';

const OFTEN: JobAction[] = ['run', 'pause', 'resume'];
const SELDOM: JobAction[] = ['enable', 'disable', 'kill', 'delete'];
const SHORT: Partial<Record<JobAction, string>> = {
  get kill() {
    return t('jobs.killTheirRuns');
  },
};

type Props = { count: number; hidden: number; onAct: (action: JobAction) => void; onClear: () => void };

export function BulkBar({ count, hidden, onAct, onClear }: Props) {
  const may = useMay();
  const offered = (actions: JobAction[]) => actions.filter((action) => may(DEEDS[action].least));
  if (count === 0) return null;
  return (
    <ChosenBar
      label={t('jobs.chosenJobs')}
      words={t('jobs.jobsChosen', { count })}
      about={hidden > 0 ? t('jobs.ofThemNotShown', { hidden }) : undefined}
      onClear={onClear}
    >
      {offered(OFTEN).map((action) => (
        <Button key={action} variant="default" onClick={() => onAct(action)}>
          {DEEDS[action].verb}
        </Button>
      ))}
      <Menu position="top-end" withinPortal={false}>
        <Menu.Target>
          <Button variant="default" rightSection={<IconChevronDown size={14} aria-hidden />}>
            {t('jobs.more')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {offered(SELDOM).map((action) => (
            <Menu.Item
              key={action}
              c={action === 'delete' ? 'var(--sg-bad)' : undefined}
              onClick={() => onAct(action)}
            >
              {SHORT[action] ?? DEEDS[action].verb}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </ChosenBar>
  );
}
