// The texts that a job had: who saved which, when and why, what it changed, and the way back to it.
//
// Which one is shown, and against what, stands in the address: a change can be sent to somebody. Works for a job that was
// deleted as well; restoring makes it anew.

import { Button, Group, SegmentedControl, Stack, Text, UnstyledButton } from '@mantine/core';
import { IconArrowBackUp } from '@tabler/icons-react';
import { useLocation, useSearchParams } from 'wouter';
import { messageOf, ProblemError } from '../../api/problem';
import { useRevisionDiff, useRevisions } from '../../api/queries';
import type { JobView, RevisionView } from '../../api/types';
import { More } from '../../design/More';
import { Panel } from '../../design/Panel';
import { Empty, Failure, Loading } from '../../design/States';
import { Time } from '../../design/Time';
import { t, tx } from '../../i18n';
import { useActions } from '../actions';
import { askReason } from '../confirm';
import { For } from '../For';
import { DiffView } from './DiffView';
import classes from './revisions.module.css';

type Against = 'before' | 'now';

export function Revisions({ name, view }: { name: string; view?: JobView }) {
  const revisions = useRevisions(name);
  const [params, setParams] = useSearchParams();
  if (revisions.isPending) return <Loading what={t('job.revisions')} />;
  if (!revisions.data) {
    // Where there is neither the job nor a text of it, the page has said so.
    if (!view && revisions.error instanceof ProblemError && revisions.error.status === 404) return null;
    return (
      <Failure
        title={t('job.theRevisionsCannotBeRead')}
        message={messageOf(revisions.error)}
        retry={() => void revisions.refetch()}
      />
    );
  }
  const all = revisions.data.pages.flatMap((page) => page.revisions);
  if (all.length === 0) return <Empty title={t('job.noTextIsKept')}>{t('job.aSaveIsListedHere')}</Empty>;
  const asked = Number(params.get('revision'));
  const shown = all.find(({ revision }) => revision === asked) ?? all[0];
  const against: Against = params.get('against') === 'now' ? 'now' : 'before';
  const show = (revision: number, how: Against) =>
    setParams(
      (now) => {
        const next = new URLSearchParams(now);
        next.set('revision', String(revision));
        if (how === 'now') next.set('against', how);
        else next.delete('against');
        return next;
      },
      { replace: true },
    );
  const newest = all.find(({ deleted }) => !deleted);
  return (
    <div className={classes.layout}>
      <Panel flush title={t('job.revisionsTitle')}>
        <ul className={classes.list} aria-label={t('job.revisionsTitle')}>
          {all.map((one) => (
            <li key={one.revision}>
              <Entry
                one={one}
                isShown={one === shown}
                isNow={view !== undefined && one.spec_id === view.saved.spec_id && one.uid === view.saved.uid}
                show={() => show(one.revision, against)}
              />
            </li>
          ))}
        </ul>
        <More query={revisions} what={t('job.revisions')} />
      </Panel>
      {shown && (
        <Shown
          name={name}
          one={shown}
          view={view}
          newest={newest}
          against={shown === newest ? 'before' : against}
          setAgainst={(how) => show(shown.revision, how)}
        />
      )}
    </div>
  );
}

type EntryProps = { one: RevisionView; isShown: boolean; isNow: boolean; show: () => void };

function Entry({ one, isShown, isNow, show }: EntryProps) {
  return (
    <UnstyledButton
      className={classes.entry}
      data-revision={one.revision}
      aria-current={isShown ? 'true' : undefined}
      onClick={show}
    >
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text span fw={600}>
          {one.author ?? t('common.unknown')}
        </Text>
        <Text span size="xs" c="dimmed">
          <Time at={one.at} />
        </Text>
      </Group>
      <Text span size="sm" className={classes.words}>
        {told(one)}{' '}
        {isNow && (
          <Text span size="xs" c="var(--sg-good)" fw={600}>
            {t('job.standsNow')}
          </Text>
        )}
      </Text>
      {one.reason && (
        <Text span size="sm" c="dimmed" className={classes.words}>
          {`\u201c${one.reason}\u201d`}
        </Text>
      )}
    </UnstyledButton>
  );
}

const FIELDS_NAMED_MAX = 4;

function told({ deleted, changed, spec_id }: RevisionView): string {
  if (deleted) return t('job.deleted');
  if (changed.length === 0) return spec_id === 1 ? t('job.made') : t('job.savedNothingChanged');
  const named = changed.slice(0, FIELDS_NAMED_MAX).join(', ');
  const rest = changed.length - FIELDS_NAMED_MAX;
  return rest > 0 ? t('job.changedAndMore', { named, rest }) : t('job.changed', { named });
}

type ShownProps = {
  name: string;
  one: RevisionView;
  view?: JobView;
  newest?: RevisionView;
  against: Against;
  setAgainst: (how: Against) => void;
};

function Shown({ name, one, view, newest, against, setAgainst }: ShownProps) {
  const stands = view !== undefined && one.spec_id === view.saved.spec_id && one.uid === view.saved.uid;
  return (
    <Panel
      title={
        one.deleted
          ? t('common.deleted')
          : against === 'now'
            ? t('job.fromThisTextToThe')
            : t('job.whatItChanged')
      }
      aside={
        !one.deleted && (
          <Group gap="xs">
            {newest && one !== newest && (
              <SegmentedControl
                size="xs"
                aria-label={t('job.compareWith')}
                value={against}
                onChange={(value) => setAgainst(value as Against)}
                data={[
                  { value: 'before', label: t('job.theTextBefore') },
                  { value: 'now', label: t('job.theNewest') },
                ]}
              />
            )}
            {!stands && <Restore name={name} one={one} view={view} />}
          </Group>
        )
      }
    >
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          {tx('job.revision', {
            revision: one.revision,
            time: <Time at={one.at} as="wall" />,
          })}
          {one.author && t('job.by', { author: one.author })}
          {one.reason && `: \u201c${one.reason}\u201d`}
        </Text>
        {one.deleted ? (
          <Text>{t('job.thereIsNoTextHere')}</Text>
        ) : (
          <Difference name={name} one={one} newest={newest} against={against} />
        )}
      </Stack>
    </Panel>
  );
}

function Difference({ name, one, newest, against }: Pick<ShownProps, 'name' | 'one' | 'newest' | 'against'>) {
  const later = against === 'now' && newest ? newest.revision : one.revision;
  const diff = useRevisionDiff(name, later, against === 'now' ? one.revision : undefined);
  if (diff.isPending) return <Loading what={t('job.theDifference')} />;
  if (!diff.data) return <Failure title={t('job.itCannotBeCompared')} message={messageOf(diff.error)} />;
  if (diff.data.from === undefined || diff.data.from === null) {
    return <Text c="dimmed">{t('job.theFirstTextThereIs')}</Text>;
  }
  return <DiffView changes={diff.data.changes} />;
}

function Restore({ name, one, view }: { name: string; one: RevisionView; view?: JobView }) {
  const act = useActions();
  const [, navigate] = useLocation();
  const restore = () =>
    askReason({
      title: t('job.restoreRevisionOfAsk', { revision: one.revision, name }),
      text: view ? t('job.itsTextIsSavedAs') : t('job.theJobIsMadeAnew'),
      yes: t('job.restore'),
      onYes: (why) =>
        void act
          .restore(name, one.revision, view?.saved.etag, why)
          .then((done) => done && navigate(`/jobs/${name}?tab=revisions`)),
    });
  return (
    <For least="editor">
      <Button variant="default" leftSection={<IconArrowBackUp size={16} aria-hidden />} onClick={restore}>
        {t('job.restoreThisText')}
      </Button>
    </For>
  );
}
