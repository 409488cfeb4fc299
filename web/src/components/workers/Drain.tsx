// Who wants a worker to take nothing new, and how far that is: how many of its runs are left.

import { Alert, Progress, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { Worker } from '../../api/types';
import { Time } from '../../design/Time';
import { t } from '../../i18n';
import { leftWords } from '../../lib/workerwords';

export function DrainStory({ drain, busy }: { drain: NonNullable<Worker['drain']>; busy: number }) {
  const most = useMost(busy, drain.since);
  const ended = most - busy;
  return (
    <Alert variant="outline" color="yellow" py="xs" data-left={busy}>
      <Text size="sm">
        <Text span fw={600}>
          {t('workers.drainedBy', { by: drain.by })}
        </Text>
        , <Time at={drain.since} />
        {drain.reason && `: ${drain.reason}`}
      </Text>
      <Text size="sm" role="status">
        {leftWords(busy)}
      </Text>
      {most > 0 && (
        <Progress
          mt={6}
          size="sm"
          value={(ended / most) * 100}
          aria-label={t('workers.ofRunsHaveEndedSince', { ended, most })}
        />
      )}
    </Alert>
  );
}

/** The most runs seen since this page looks at this drain: the server keeps no count of its own. */
function useMost(busy: number, since: string): number {
  const [seen, setSeen] = useState({ since, most: busy });
  useEffect(() => {
    setSeen((now) => ({ since, most: now.since === since ? Math.max(now.most, busy) : busy }));
  }, [busy, since]);
  return Math.max(busy, seen.since === since ? seen.most : busy);
}
