// The sections of the job form: what, when, where, limits, on failure.
//
// Defaults stand as placeholders: an empty field leaves the choice to the server.
// Not here: what the server says of the schedule (`Preview`) and of the whole (`Fits`).

import { MultiSelect, Paper, SegmentedControl, Stack, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { type ReactNode, useId } from 'react';
import { ProblemError } from '../../api/problem';
import { usePreview } from '../../api/queries';
import { instant } from '../../lib/time';
import { RUN_STATUSES, STATUS } from '../status';
import { useField, useJobForm } from './context';
import { faultText } from './FaultText';
import { AreaField, ChoiceField, NumberField, SwitchField, TagsField, TextField } from './fields';
import classes from './jobform.module.css';
import { ModulePicker } from './ModulePicker';
import { DirRows, PairRows, TextRows } from './rows';
import { ScriptField } from './ScriptField';
import { ZoneSelect } from './ZoneSelect';

function Section({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <Paper
      component="section"
      withBorder
      p="md"
      bg="var(--sg-surface)"
      aria-labelledby={id}
      id={title.toLowerCase().replaceAll(' ', '-')}
      style={{ scrollMarginTop: 64 }}
    >
      <Title order={2} id={id} mb="sm">
        {title}
      </Title>
      <div className={classes.grid}>{children}</div>
    </Paper>
  );
}

export function Sections() {
  return (
    <Stack gap="md">
      <What />
      <When />
      <Where />
      <Limits />
      <OnFailure />
    </Stack>
  );
}

function What() {
  const kind = useField('kind');
  const { saved } = useJobForm();
  return (
    <Section title="What">
      <TextField
        name="name"
        label="Name"
        required
        readOnly={saved}
        placeholder="nightly-report"
        help={saved ? 'A job keeps its name' : 'Small letters, digits and hyphens'}
      />
      <TextField name="description" label="Description" placeholder="for people" />
      <SegmentedControl
        className={classes.wide}
        aria-label="Kind of workload"
        value={kind.value}
        onChange={(value) => kind.set(value as typeof kind.value)}
        data={[
          { value: 'shell', label: 'Shell script' },
          { value: 'wasm', label: 'WASI module' },
        ]}
      />
      {kind.value === 'shell' ? <Shell /> : <Wasm />}
      <PairRows name="labels" label="Labels" add="Add a label" />
    </Section>
  );
}

function Shell() {
  return (
    <>
      <ScriptField />
      <TextField
        name="shell.user"
        label="Run as"
        mono
        placeholder="the worker decides"
        help="An account on the worker"
      />
      <TextField
        name="shell.cwd"
        label="Start in"
        mono
        placeholder="home directory"
        help="An absolute path"
      />
      <ChoiceField
        name="shell.leftovers"
        label="Leftover processes"
        help="Those that outlive the script"
        choices={{ kill: 'kill them', wait: 'wait for them' }}
      />
      <TextRows
        name="shell.interpreter"
        label="Interpreter"
        help="Program and options, one a row; empty means /bin/sh -e"
        add="Add a word"
      />
      <PairRows name="shell.env" label="Environment" add="Add a variable" />
      <AreaField className={classes.wide} name="shell.stdin" label="Standard input" rows={1} />
      <SwitchField
        className={classes.wide}
        name="shell.privilege_gain"
        label="Programs such as sudo may gain privileges"
        help="The worker's owner must allow it"
      />
    </>
  );
}

function Wasm() {
  return (
    <>
      <ModulePicker />
      <TextRows name="wasm.args" label="Arguments" add="Add an argument" />
      <PairRows name="wasm.env" label="Environment" add="Add a variable" />
      <DirRows
        name="wasm.dirs"
        label="Directories"
        help="Beneath the roots that the worker's owner allows; nothing else can be opened"
        add="Grant a directory"
      />
      <TagsField
        name="wasm.network"
        label="Network"
        placeholder="10.0.0.5:443"
        help="Addresses that a component may connect to"
      />
      <TextField
        name="wasm.user"
        label="Run as"
        mono
        placeholder="the worker decides"
        help="An account on the worker"
      />
      <AreaField className={classes.wide} name="wasm.stdin" label="Standard input" rows={1} />
    </>
  );
}

/** What was typed rests this long before the server is asked. */
const TYPING_WAIT_MS = 300;

/** Returns the server's preview of the schedule in the form. */
export function useFormPreview() {
  const { form } = useJobForm();
  const { schedule, timezone, dst, weekdays, name } = form;
  const [typed] = useDebouncedValue(schedule, TYPING_WAIT_MS);
  const [seed] = useDebouncedValue(name, TYPING_WAIT_MS);
  const [settled] = useDebouncedValue(form.anchor, TYPING_WAIT_MS);
  // Half an instant is no fault of the schedule: the save tells it at its own field.
  const anchor = instant(settled) === undefined ? undefined : settled;
  const preview = usePreview({ schedule: typed, timezone, dst, weekdays, anchor, name: seed });
  return { preview, current: typed === schedule && typed.trim() !== '' };
}

function When() {
  return (
    <Section title="When">
      <ScheduleField />
      <ZoneSelect />
      <ChoiceField
        name="dst"
        label="When clocks change"
        choices={{
          vixie: 'like cron: run once, lose none',
          wall: 'follow the wall clock',
          skip: 'leave out what the gap swallows',
        }}
      />
      <ChoiceField
        name="weekdays"
        label="Weekday numbers"
        choices={{ unix: 'unix: 0 and 7 are Sunday', quartz: 'quartz: 1 is Sunday' }}
      />
      <TextField
        name="anchor"
        label="Counts from"
        placeholder="its first save"
        help="For @every: an instant like 2026-12-01T09:00:00Z"
      />
      <TextField
        name="jitter"
        label="Spread over"
        placeholder="0s"
        help="Put off by a part of this, the same each time"
      />
      <SwitchField name="enabled" label="Enabled" help="Without it only run now starts it" />
    </Section>
  );
}

function ScheduleField() {
  const field = useField('schedule');
  const { preview, current } = useFormPreview();
  const refused = current && preview.error instanceof ProblemError ? preview.error : undefined;
  const pointed = refused?.errors.filter((fault) => fault.path === 'schedule') ?? [];
  const faults = pointed.length > 0 ? pointed : current && preview.isSuccess ? [] : field.faults;
  return (
    <TextInput
      name="schedule"
      label="Schedule"
      description="Five fields: minute, hour, day of month, month, weekday. Or @hourly, @every 90s, @at with an instant"
      placeholder="30 2 * * *"
      className={`${classes.wide} ${classes.mono}`}
      value={field.value}
      onChange={(event) => field.set(event.currentTarget.value)}
      error={faultText({ faults, field: 'schedule' })}
      withAsterisk
      autoComplete="off"
      spellCheck={false}
    />
  );
}

function Where() {
  return (
    <Section title="Where">
      <ChoiceField
        name="placement.mode"
        label="Runs on"
        choices={{ one: 'one worker that matches', all: 'every worker that matches' }}
      />
      <ChoiceField
        name="overlap"
        label="On overlap"
        help="It falls due while the last run goes on"
        choices={{ skip: 'skip the new one', allow: 'run both', replace: 'kill the old one' }}
      />
      <PairRows name="placement.labels" label="Labels that a worker must have" add="Add a label" />
    </Section>
  );
}

function Limits() {
  const { form } = useJobForm();
  return (
    <Section title="Limits">
      <TextField name="limits.timeout" label="Timeout" placeholder="10m" help="From its start" />
      <TextField name="limits.grace" label="Grace" placeholder="5s" help="From TERM to KILL" />
      <TextField
        name="limits.memory"
        label="Memory"
        placeholder={form.kind === 'wasm' ? '256MiB' : 'no limit'}
        help="Like 256MiB"
      />
      {form.kind === 'shell' ? (
        <>
          <NumberField
            name="limits.cpu"
            label="Processors"
            placeholder="no limit"
            help="0.5 is half of one"
          />
          <NumberField name="limits.pids" label="Processes" placeholder="no limit" help="At one time" />
        </>
      ) : (
        <NumberField
          name="limits.fuel"
          label="Fuel"
          placeholder="10 000 000 000"
          help="Instructions, as wasmtime counts"
        />
      )}
      <TextField
        name="limits.output"
        label="Output"
        placeholder="10MiB"
        help="Its beginning and its end are kept; the rest is counted"
      />
    </Section>
  );
}

const NEVER_RETRIED = new Set([
  'claimed',
  'running',
  'waiting',
  'retrying',
  'succeeded',
  'skipped',
  'missed',
]);

function OnFailure() {
  const on = useField('retries.on');
  return (
    <Section title="On failure">
      <TagsField
        name="success_codes"
        label="Success codes"
        placeholder="0"
        help="Exit codes that count as success"
      />
      <NumberField name="retries.max" label="Retries" placeholder="0" help="After the first attempt" />
      <RetryOn value={on.value} set={on.set} />
      <TextField name="retries.backoff" label="First wait" placeholder="10s" help="Doubles each time" />
      <TextField name="retries.backoff_max" label="Longest wait" placeholder="5m" />
      <ChoiceField
        name="missed.policy"
        label="Missed ticks"
        help="Nobody was there in time"
        choices={{ latest: 'run the latest', none: 'run none', all: 'run all, oldest first' }}
      />
      <TextField name="missed.window" label="Not older than" placeholder="1h" />
      <NumberField name="missed.max" label="At most" placeholder="10" help="For “run all”" />
      <TextField
        name="start_deadline"
        label="May start until"
        placeholder="10m"
        help="After it fell due; then it is missed"
      />
      <ChoiceField
        name="on_worker_loss"
        label="When its worker is lost"
        choices={{ skip: 'settle it as lost', rerun: 'run it again elsewhere' }}
      />
      <ChoiceField
        name="when_cut_off"
        label="When its worker is cut off"
        choices={{ wait: 'let it go on', kill: 'kill it' }}
      />
      <TextField name="retention" label="Keep records for" placeholder="30d" />
    </Section>
  );
}

function RetryOn({ value, set }: { value: string[]; set: (value: string[]) => void }) {
  const { faults } = useField('retries.on');
  return (
    <MultiSelect
      name="retries.on"
      label="Retry after"
      data={RUN_STATUSES.filter((status) => !NEVER_RETRIED.has(status)).map((status) => ({
        value: status,
        label: STATUS[status].text,
      }))}
      value={value}
      onChange={set}
      error={faultText({ faults, field: 'retries.on' })}
    />
  );
}
