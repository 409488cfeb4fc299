// The listed runs as a file: all that the filters take, also those that were not scrolled to.
//
// CSV is the server's, which streams any number of them. JSON is put together here page by page, and is bounded.

import { Button, Menu } from '@mantine/core';
import { IconChevronDown, IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import { address, request } from '../../api/client';
import { problemOf } from '../../api/problem';
import type { RunFilter } from '../../api/queries';
import type { RunRecord } from '../../api/types';
import { t } from '../../i18n';
import { at } from '../../lib/base';
import { joined } from '../../lib/csv';
import { merged, type Stream } from '../../lib/runfilter';
import { done, failed } from '../toast';

/** Runs asked for at one time: the most that the server gives. */
const PAGE = 500;
/** More in one JSON text serve nobody in a browser; CSV has no such bound. */
const JSON_RUNS_MAX = 20_000;

export function Export({ filters }: { filters: RunFilter[] }) {
  const [busy, setBusy] = useState(false);
  const make = async (work: () => Promise<void>) => {
    setBusy(true);
    try {
      await work();
    } catch (error) {
      failed(t('runs.theRunsAreNotExported'), error);
    } finally {
      setBusy(false);
    }
  };
  const single = filters.length === 1 ? filters[0] : undefined;
  return (
    <Menu position="bottom-end" withinPortal={false}>
      <Menu.Target>
        <Button
          variant="default"
          loading={busy}
          leftSection={<IconDownload size={16} aria-hidden />}
          rightSection={<IconChevronDown size={14} aria-hidden />}
        >
          {t('runs.export')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {single ? (
          <Menu.Item component="a" href={csvAddress(single)} download="runs.csv">
            {t('runs.asCsv')}
          </Menu.Item>
        ) : (
          <Menu.Item onClick={() => void make(() => csv(filters))}>{t('runs.asCsv')}</Menu.Item>
        )}
        <Menu.Item onClick={() => void make(() => json(filters))}>{t('runs.asJson')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function csvAddress(filter: RunFilter): string {
  return at(address('/api/v1/runs', undefined, { ...filter, format: 'csv' }));
}

async function csv(filters: RunFilter[]) {
  const texts = await Promise.all(
    filters.map(async (filter) => {
      const response = await fetch(csvAddress(filter), { credentials: 'same-origin' });
      if (!response.ok) throw await problemOf(response);
      return response.text();
    }),
  );
  save('runs.csv', 'text/csv', joined(texts, 'scheduled_at'));
}

async function json(filters: RunFilter[]) {
  const runs: RunRecord[] = [];
  let streams: Stream[] = filters.map(() => ({ runs: [], cursor: '' }));
  const more = () => streams.some((stream) => stream.runs.length > 0 || stream.cursor !== undefined);
  while (more() && runs.length < JSON_RUNS_MAX) {
    const filled = await Promise.all(streams.map((stream, at) => fill(stream, filters[at])));
    const next = merged(filled);
    runs.push(...next.runs);
    streams = next.rest;
  }
  const all = runs.slice(0, JSON_RUNS_MAX);
  save('runs.json', 'application/json', `${JSON.stringify(all, null, 2)}\n`);
  if (more())
    done(t('runs.theNewestRunsAreExported', { jsonRunsMax: JSON_RUNS_MAX }), t('runs.thereAreMoreCsvTakes'));
}

async function fill(stream: Stream, filter: RunFilter | undefined): Promise<Stream> {
  if (stream.runs.length > 0 || stream.cursor === undefined) return stream;
  const query = { ...filter, limit: PAGE, cursor: stream.cursor || undefined };
  const page = await request('get', '/api/v1/runs', { query });
  if (typeof page === 'string') throw new Error(t('common.theServerAnsweredTheList'));
  return { runs: page.runs, cursor: page.next ?? undefined };
}

function save(name: string, type: string, text: string) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
