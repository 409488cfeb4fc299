// All jobs: what they are, when they run next, how their last runs went, and what one can do about it.

import { Button, Table, Text, TextInput, Tooltip } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { Link, useSearchParams } from 'wouter';
import { messageOf } from '../api/problem';
import { useJobs } from '../api/queries';
import type { JobSummary } from '../api/types';
import { For } from '../components/For';
import { JobButtons } from '../components/JobButtons';
import { KindMark } from '../components/KindMark';
import { RunStrip } from '../components/RunStrip';
import { Schedule } from '../components/Schedule';
import { More } from '../design/More';
import { Page } from '../design/Page';
import { Panel } from '../design/Panel';
import { Empty, Failure, Loading } from '../design/States';
import { Time } from '../design/Time';
import { langOf } from '../lib/language';

const SEARCH_WAIT_MS = 250;

export function JobsPage() {
  const [params, setParams] = useSearchParams();
  const q = params.get('q') ?? '';
  const [settled] = useDebouncedValue(q, SEARCH_WAIT_MS);
  const jobs = useJobs({ q: settled || undefined });
  const total = jobs.data?.pages[0]?.total ?? 0;
  const setSearch = (value: string) => setParams(value ? { q: value } : {}, { replace: true });
  return (
    <Page
      title="Jobs"
      about={
        jobs.data &&
        `${total} ${total === 1 ? 'job' : 'jobs'}${settled ? ` with \u201c${settled}\u201d` : ''}`
      }
      actions={
        <>
          <TextInput
            aria-label="Search jobs by name or description"
            placeholder="Search"
            leftSection={<IconSearch size={16} aria-hidden />}
            type="search"
            size="xs"
            w={220}
            value={q}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
          <For least="editor">
            <Button component={Link} href="/jobs/new" leftSection={<IconPlus size={16} aria-hidden />}>
              New job
            </Button>
          </For>
        </>
      }
    >
      {jobs.isPending ? (
        <Loading what="jobs" />
      ) : jobs.isError && !jobs.data ? (
        <Failure
          title="The jobs cannot be read"
          message={messageOf(jobs.error)}
          retry={() => void jobs.refetch()}
        />
      ) : total === 0 ? (
        <Panel>{settled ? <NoneFound q={settled} clear={() => setSearch('')} /> : <NoneYet />}</Panel>
      ) : (
        <Panel flush>
          <JobTable jobs={jobs.data.pages.flatMap((page) => page.jobs)} />
          <More query={jobs} what="jobs" />
        </Panel>
      )}
    </Page>
  );
}

function JobTable({ jobs }: { jobs: JobSummary[] }) {
  return (
    <Table highlightOnHover miw={820}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Name</Table.Th>
          <Table.Th>Kind</Table.Th>
          <Table.Th>Schedule</Table.Th>
          <Table.Th>Next run</Table.Th>
          <Table.Th>Last runs</Table.Th>
          <Table.Th>
            <span className="sr-only">Actions</span>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {jobs.map((job) => (
          <Table.Tr key={job.name} data-job={job.name}>
            <Table.Td maw={320}>
              <Link href={`/jobs/${job.name}`} className="plain">
                <Text span fw={600}>
                  {job.name}
                </Text>
              </Link>
              {job.description && (
                <Text size="xs" c="dimmed" truncate="end">
                  {job.description}
                </Text>
              )}
            </Table.Td>
            <Table.Td>
              <KindMark kind={job.kind} />
            </Table.Td>
            <Table.Td maw={260}>
              <Schedule text={job.schedule} words={job.words} zone={job.zone || job.timezone} />
            </Table.Td>
            <Table.Td>
              <Next job={job} />
            </Table.Td>
            <Table.Td>
              <RunStrip runs={job.recent ?? []} />
            </Table.Td>
            <Table.Td>
              <JobButtons job={job} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Next({ job }: { job: JobSummary }) {
  const busy = job.running > 0 && (
    <Text size="xs" c="var(--sg-busy)" fw={500}>
      {job.running} running
    </Text>
  );
  const stand = job.paused ? (
    <Tooltip label={`by ${job.paused.by}${job.paused.why ? `: ${job.paused.why}` : ''}`}>
      <Text span size="sm" c="var(--sg-warn)" fw={500}>
        Paused
      </Text>
    </Tooltip>
  ) : !job.enabled ? (
    <Text span size="sm" c="dimmed">
      Disabled
    </Text>
  ) : job.status === 'ended' ? (
    <Tooltip label={<span lang={langOf(job.ended ?? '')}>{job.ended}</span>}>
      <Text span size="sm" c="dimmed">
        Ended
      </Text>
    </Tooltip>
  ) : (
    <Time at={job.next_at} zone={job.zone || job.timezone} as="countdown" />
  );
  return (
    <>
      {stand}
      {busy}
    </>
  );
}

function NoneYet() {
  return (
    <Empty title="No jobs yet">
      <p>
        A job is a shell script or an uploaded WASI module, with a schedule and limits. Save one, press its
        run button, and watch its output come in.
      </p>
      <For least="editor">
        <Button component={Link} href="/jobs/new" size="sm">
          Make the first job
        </Button>
      </For>
    </Empty>
  );
}

function NoneFound({ q, clear }: { q: string; clear: () => void }) {
  return (
    <Empty title="No job matches">
      <p>Nothing has “{q}” in its name or description.</p>
      <Button variant="default" onClick={clear}>
        Clear the search
      </Button>
    </Empty>
  );
}
