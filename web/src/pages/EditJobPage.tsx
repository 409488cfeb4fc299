// Makes a job or edits one.
//
// The server checks everything; its errors come back to their fields, the rest stands on top. A save carries the
// tag of the text that was loaded: when somebody else saved meanwhile, the user chooses whose text stays.

import { Alert, Button, Group, List, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useCallback, useMemo, useRef, useState } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { request } from '../api/client';
import { type Fault, messageOf, ProblemError, sentence } from '../api/problem';
import { refresh, useJobToEdit } from '../api/queries';
import type { Job, JobView } from '../api/types';
import { useActions } from '../components/actions';
import { askToLeave, confirmDeleteJob } from '../components/confirm';
import { focusFirstFault } from '../components/focus';
import { Conflict, type ConflictState } from '../components/jobform/Conflict';
import { CrontabPaste } from '../components/jobform/CrontabPaste';
import { faultsElsewhere, JobFormProvider, type JobFormState } from '../components/jobform/context';
import { GrantsPanel } from '../components/jobform/GrantsPanel';
import classes from '../components/jobform/jobform.module.css';
import { FitsPanel, SchedulePanel } from '../components/jobform/Preview';
import { Sections } from '../components/jobform/sections';
import { useDrop } from '../components/jobform/useDrop';
import { dropGuard, goToLogin, useLeaveGuard } from '../components/navigation';
import { done } from '../components/toast';
import { Page } from '../design/Page';
import { Failure, Loading } from '../design/States';
import { t } from '../i18n';
import { mergedForm } from '../lib/jobdiff';
import { type JobForm, NEW_JOB, sameForm, toForm, toJob } from '../lib/jobform';
import { langOf } from '../lib/language';

export function EditJobPage({ name = '' }: { name?: string }) {
  const [params] = useSearchParams();
  // A new job may begin as the copy of one.
  const copied = name === '' ? (params.get('copy') ?? '') : '';
  const job = useJobToEdit(name || copied);
  if (name === '' && copied === '') return <Editor />;
  if (job.isPending) return <Loading what={name || copied} />;
  if (!job.data) {
    return (
      <Page title={copied ? t('form.copy', { copied }) : t('common.edit', { name })}>
        <Failure
          title={t('common.theJobCannotBeRead')}
          message={messageOf(job.error)}
          retry={() => void job.refetch()}
        />
      </Page>
    );
  }
  return copied ? <Editor copied={job.data.job} /> : <Editor loaded={job.data} />;
}

function Editor({ loaded, copied }: { loaded?: JobView; copied?: Job }) {
  const [params] = useSearchParams();
  const [base, setBase] = useState(loaded);
  const [start, setStart] = useState<JobForm>(() =>
    loaded ? toForm(loaded.job) : copied ? copyOf(copied) : fresh(params.get('module')),
  );
  const [form, setForm] = useState(start);
  const [problem, setProblem] = useState<ProblemError>();
  const [saving, setSaving] = useState(false);
  const [conflict, setConflict] = useState<ConflictState>();
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const element = useRef<HTMLFormElement>(null);
  const dirty = !sameForm(form, start);
  useLeaveGuard(dirty, askToLeave);

  const set = useCallback<JobFormState['set']>(
    (field, value) => setForm((now) => ({ ...now, [field]: value })),
    [],
  );
  const drop = useDrop({ form, set, saved: base !== undefined });
  const state = useMemo(
    () => ({
      form,
      set,
      faults: problem?.errors ?? [],
      saved: base !== undefined,
      module: drop.module,
      moduleTaken: drop.moduleTaken,
    }),
    [form, set, problem, base, drop.module, drop.moduleTaken],
  );

  const adopt = (view: JobView) => {
    setBase(view);
    setStart(toForm(view.job));
    setForm(toForm(view.job));
    setProblem(undefined);
  };
  const leaveTo = (to: string) => {
    dropGuard();
    navigate(to);
  };
  const save = async (etag = base?.saved.etag) => {
    setSaving(true);
    try {
      const view = await send(form, base, etag, copied);
      void refresh(client);
      done(
        base ? t('common.isSaved', { name: view.job.name }) : t('form.isMade', { name: view.job.name }),
        view.schedule.words,
      );
      leaveTo(`/jobs/${view.job.name}`);
    } catch (error) {
      refused(error);
    } finally {
      setSaving(false);
    }
  };
  const refused = (error: unknown) => {
    if (!(error instanceof ProblemError)) throw error;
    if (error.status === 401) return goToLogin();
    if (error.status === 412 && base) {
      const { current, detail } = error;
      const read = request('get', '/api/v1/jobs/{name}', { path: { name: base.job.name } });
      return void read.then((theirs) => setConflict({ current, detail, theirs }), refused);
    }
    setProblem(withPlace(error));
    // The first field that is wrong gets the focus, once it is drawn.
    setTimeout(() => focusFirstFault(element.current), 50);
  };
  const settle = (how: 'edit' | 'merge' | 'reload' | 'overwrite') => {
    const theirs = conflict?.theirs;
    setConflict(undefined);
    if (!theirs || how === 'edit') return;
    // What was shown is what is overwritten: a save after it is another conflict.
    if (how === 'overwrite') return void save(theirs.saved.etag);
    const mine = form;
    adopt(theirs);
    if (how === 'merge') setForm(mergedForm(start, mine, toForm(theirs.job)));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!saving) void save();
  };

  return (
    <Page
      title={
        base
          ? t('common.edit', { name: base.job.name })
          : copied
            ? t('form.newJobLike', { name: copied.name })
            : t('common.newJob')
      }
      actions={base && <DeleteButton view={base} onGone={() => leaveTo('/jobs')} />}
    >
      {conflict && base && <Conflict {...conflict} base={base.job} form={form} choose={settle} />}
      <JobFormProvider value={state}>
        <form
          onSubmit={submit}
          ref={element}
          noValidate
          aria-label={base ? t('form.editJob') : t('common.newJob')}
          className={drop.over ? classes.over : undefined}
          {...drop.handlers}
        >
          {problem && <Problems problem={problem} form={form} />}
          {!base && (
            <Group mb="md" gap="sm">
              <CrontabPaste />
              <Text size="sm" c="dimmed">
                {t('form.orDropAScriptOr')}
              </Text>
            </Group>
          )}
          <div className={classes.layout}>
            <Sections />
            <aside className={classes.side} aria-label={t('form.whatTheServerSays')}>
              <SchedulePanel />
              <GrantsPanel before={base?.job} />
              <FitsPanel before={base?.job} />
            </aside>
          </div>
          <div className={classes.foot}>
            <Button type="submit" size="sm" loading={saving}>
              {base ? t('common.save') : t('form.makeTheJob')}
            </Button>
            <Button
              size="sm"
              variant="default"
              onClick={() => navigate(base ? `/jobs/${base.job.name}` : '/jobs')}
            >
              {t('common.cancel')}
            </Button>
            {dirty && (
              <Text size="sm" c="dimmed">
                {t('form.notSavedYet')}
              </Text>
            )}
          </div>
        </form>
      </JobFormProvider>
    </Page>
  );
}

/** A copy has another name and is not known to the server: what it counts from is its own first save. */
function copyOf(job: Job): JobForm {
  return { ...toForm(job), name: `${job.name}-copy` };
}

function fresh(module: string | null): JobForm {
  return module ? { ...NEW_JOB, kind: 'wasm', 'wasm.module': module } : NEW_JOB;
}

/** Saves a new job, or the next text of `base` under `etag`. */
function send(
  form: JobForm,
  base: JobView | undefined,
  etag: string | undefined,
  copied: Job | undefined,
): Promise<JobView> {
  const job = toJob(form, base?.job ?? copied);
  if (!base) return request('post', '/api/v1/jobs', { body: job });
  return request('put', '/api/v1/jobs/{name}', {
    path: { name: base.job.name },
    headers: etag ? { 'if-match': etag } : {},
    body: job,
  });
}

/** A taken name comes without a field; it has one here. */
function withPlace(error: ProblemError): ProblemError {
  if (error.status !== 409 || error.errors.length > 0) return error;
  const fault: Fault = { path: 'name', message: error.words ?? (error.detail || error.title) };
  return new ProblemError(error.status, error.code, error.title, error.detail, [fault]);
}

function Problems({ problem, form }: { problem: ProblemError; form: JobForm }) {
  const rest = faultsElsewhere(form, problem.errors);
  const atFields = problem.errors.length - rest.length;
  return (
    <Alert color="red" variant="outline" title={t('common.itWasNotSaved')} role="alert" mb="md">
      {problem.errors.length === 0 && <Text>{messageOf(problem)}</Text>}
      {atFields > 0 && (
        <Text>
          {atFields === 1 ? t('form.oneFieldNeedsAChange') : t('form.thingsNeedAChangeAt', { atFields })}
        </Text>
      )}
      <List size="sm">
        {rest.map(({ path, message, hint }) => (
          <List.Item key={`${path} ${message}`} lang={langOf(message)}>
            {path ? `${path}: ${message}` : sentence(message)}
            {hint && ` \u2013 ${hint}`}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

function DeleteButton({ view, onGone }: { view: JobView; onGone: () => void }) {
  const act = useActions();
  const under = view.state.active.length + view.state.waiting.length;
  const { name } = view.job;
  return (
    <Button
      variant="outline"
      color="red"
      onClick={() =>
        confirmDeleteJob(name, under, (kill) => {
          void act.deleteJob(name, view.saved.etag, kill).then((gone) => gone && onGone());
        })
      }
    >
      {t('common.delete')}
    </Button>
  );
}
