// An instant on the page: relative or counting down, the exact time on hover and for screen readers.
//
// Shown in the reader's zone; where a job's zone is given, the hover has both.

import { Text, Tooltip } from '@mantine/core';
import { countdown, duration, exact, instant, readerZone, relative, wall } from '../lib/time';
import { useNow } from './now';

type Props = { at: string | null | undefined; zone?: string; as?: 'relative' | 'countdown' | 'wall' };

export function Time({ at, zone, as = 'relative' }: Props) {
  const now = useNow();
  const ms = instant(at);
  if (ms === undefined)
    return (
      <Text span c="dimmed">
        {'\u2013'}
      </Text>
    );
  const text = as === 'wall' ? wall(ms) : as === 'countdown' ? countdown(ms, now) : relative(ms, now);
  return (
    <Tooltip multiline label={<Exact ms={ms} zone={zone} />}>
      <time dateTime={at ?? undefined} style={{ whiteSpace: 'nowrap' }}>
        {text}
      </time>
    </Tooltip>
  );
}

function Exact({ ms, zone }: { ms: number; zone?: string }) {
  const reader = readerZone();
  return (
    <>
      <div>{exact(ms, reader)}</div>
      {zone && zone !== reader && <div>{`${exact(ms, zone)} (${zone})`}</div>}
    </>
  );
}

/** How long something took, or has taken so far while `to` is open. */
export function Elapsed({ from, to }: { from: string | null | undefined; to?: string | null }) {
  const now = useNow();
  const start = instant(from);
  if (start === undefined)
    return (
      <Text span c="dimmed">
        {'\u2013'}
      </Text>
    );
  return (
    <span style={{ whiteSpace: 'nowrap' }}>{duration((instant(to) ?? Math.max(now, start)) - start)}</span>
  );
}
