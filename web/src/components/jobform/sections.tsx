// The sections of the job form: what, when, where, limits, on failure.
//
// Defaults stand as placeholders: an empty field leaves the choice to the server.
// Not here: what the server says of the schedule (`Preview`) and of the whole (`Fits`).

import { MultiSelect, Paper, SegmentedControl, Stack, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { type ReactNode, useId } from 'react';
import { ProblemError } from '../../api/problem';
import { usePreview } from '../../api/queries';
import { t } from '../../i18n';
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

/** `name` is what a link to the section says behind `#`. */
function Section({ name, title, children }: { name: string; title: string; children: ReactNode }) {
  const id = useId();
  return (
    <Paper
      component="section"
      withBorder
      p="md"
      bg="var(--sg-surface)"
      aria-labelledby={id}
      id={name}
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
    <Section name="what" title={t('form.what')}>
      <TextField
        name="name"
        label={t('common.name')}
        required
        readOnly={saved}
        placeholder="nightly-report"
        help={saved ? t('form.aJobKeepsItsName') : t('common.smallLettersDigitsAndHyphens')}
      />
      <TextField name="description" label={t('form.description')} placeholder={t('form.forPeople')} />
      <SegmentedControl
        className={classes.wide}
        aria-label={t('form.kindOfWorkload')}
        value={kind.value}
        onChange={(value) => kind.set(value as typeof kind.value)}
        data={[
          { value: 'shell', label: t('form.shellScript') },
          { value: 'wasm', label: t('common.wasiModule') },
        ]}
      />
      {kind.value === 'shell' ? <Shell /> : <Wasm />}
      <PairRows name="labels" label={t('common.labels')} add={t('form.addALabel')} />
    </Section>
  );
}

function Shell() {
  return (
    <>
      <ScriptField />
      <TextField
        name="shell.user"
        label={t('form.runAs')}
        mono
        placeholder={t('form.theWorkerDecides')}
        help={t('form.anAccountOnTheWorker')}
      />
      <TextField
        name="shell.cwd"
        label={t('form.startIn')}
        mono
        placeholder={t('form.homeDirectory')}
        help={t('form.anAbsolutePath')}
      />
      <ChoiceField
        name="shell.leftovers"
        label={t('form.leftoverProcesses')}
        help={t('form.thoseThatOutliveTheScript')}
        choices={{ kill: t('form.killThem'), wait: t('form.waitForThem') }}
      />
      <TextRows
        name="shell.interpreter"
        label={t('form.interpreter')}
        help={t('form.programAndOptionsOneA')}
        add={t('form.addAWord')}
      />
      <PairRows name="shell.env" label={t('common.environment')} add={t('common.addAVariable')} />
      <AreaField className={classes.wide} name="shell.stdin" label={t('common.standardInput')} rows={1} />
      <SwitchField
        className={classes.wide}
        name="shell.privilege_gain"
        label={t('form.programsSuchAsSudoMay')}
        help={t('form.theWorkersOwnerMustAllow')}
      />
    </>
  );
}

function Wasm() {
  return (
    <>
      <ModulePicker />
      <TextRows name="wasm.args" label={t('common.arguments')} add={t('form.addAnArgument')} />
      <PairRows name="wasm.env" label={t('common.environment')} add={t('common.addAVariable')} />
      <DirRows
        name="wasm.dirs"
        label={t('form.directories')}
        help={t('form.beneathTheRootsThatThe')}
        add={t('form.grantADirectory')}
      />
      <TagsField
        name="wasm.network"
        label={t('form.network')}
        placeholder="10.0.0.5:443"
        help={t('form.addressesThatAComponentMay')}
      />
      <TextField
        name="wasm.user"
        label={t('form.runAs')}
        mono
        placeholder={t('form.theWorkerDecides')}
        help={t('form.anAccountOnTheWorker')}
      />
      <AreaField className={classes.wide} name="wasm.stdin" label={t('common.standardInput')} rows={1} />
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
    <Section name="when" title={t('common.when')}>
      <ScheduleField />
      <ZoneSelect />
      <ChoiceField
        name="dst"
        label={t('form.whenClocksChange')}
        choices={{
          vixie: t('form.likeCronRunOnceLose'),
          wall: t('form.followTheWallClock'),
          skip: t('form.leaveOutWhatTheGap'),
        }}
      />
      <ChoiceField
        name="weekdays"
        label={t('form.weekdayNumbers')}
        choices={{ unix: t('form.unix0And7Are'), quartz: t('form.quartz1IsSunday') }}
      />
      <TextField
        name="anchor"
        label={t('common.countsFrom')}
        placeholder={t('form.itsFirstSave')}
        help={t('form.forEveryAnInstantLike')}
      />
      <TextField name="jitter" label={t('form.spreadOver')} placeholder="0s" help={t('form.putOffByAPart')} />
      <SwitchField name="enabled" label={t('common.enabled')} help={t('form.withoutItOnlyRunNow')} />
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
      label={t('common.schedule')}
      description={t('form.fiveFieldsMinuteHourDay')}
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
    <Section name="where" title={t('form.where')}>
      <ChoiceField
        name="placement.mode"
        label={t('common.runsOn')}
        choices={{ one: t('form.oneWorkerThatMatches'), all: t('form.everyWorkerThatMatches') }}
      />
      <ChoiceField
        name="overlap"
        label={t('form.onOverlap')}
        help={t('form.itFallsDueWhileThe')}
        choices={{
          skip: t('form.skipTheNewOne'),
          allow: t('form.runBoth'),
          replace: t('form.killTheOldOne'),
        }}
      />
      <PairRows name="placement.labels" label={t('form.labelsThatAWorkerMust')} add={t('form.addALabel')} />
    </Section>
  );
}

function Limits() {
  const { form } = useJobForm();
  return (
    <Section name="limits" title={t('form.limits')}>
      <TextField
        name="limits.timeout"
        label={t('common.timeout')}
        placeholder="10m"
        help={t('form.fromItsStart')}
      />
      <TextField
        name="limits.grace"
        label={t('form.grace')}
        placeholder="5s"
        help={t('form.fromTermToKill')}
      />
      <TextField
        name="limits.memory"
        label={t('form.memory')}
        placeholder={form.kind === 'wasm' ? '256MiB' : t('common.noLimit')}
        help={t('form.like256mib')}
      />
      {form.kind === 'shell' ? (
        <>
          <NumberField
            name="limits.cpu"
            label={t('common.processors')}
            placeholder={t('common.noLimit')}
            help={t('form.n05IsHalfOf')}
          />
          <NumberField
            name="limits.pids"
            label={t('form.processes')}
            placeholder={t('common.noLimit')}
            help={t('form.atOneTime')}
          />
        </>
      ) : (
        <NumberField
          name="limits.fuel"
          label={t('common.fuel')}
          placeholder="10 000 000 000"
          help={t('form.instructionsAsWasmtimeCounts')}
        />
      )}
      <TextField
        name="limits.output"
        label={t('common.output')}
        placeholder="10MiB"
        help={t('form.itsBeginningAndItsEnd')}
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
    <Section name="on-failure" title={t('form.onFailure')}>
      <TagsField
        name="success_codes"
        label={t('form.successCodes')}
        placeholder="0"
        help={t('form.exitCodesThatCountAs')}
      />
      <NumberField
        name="retries.max"
        label={t('common.retries')}
        placeholder="0"
        help={t('form.afterTheFirstAttempt')}
      />
      <RetryOn value={on.value} set={on.set} />
      <TextField
        name="retries.backoff"
        label={t('form.firstWait')}
        placeholder="10s"
        help={t('form.doublesEachTime')}
      />
      <TextField name="retries.backoff_max" label={t('form.longestWait')} placeholder="5m" />
      <ChoiceField
        name="missed.policy"
        label={t('form.missedTicks')}
        help={t('form.nobodyWasThereInTime')}
        choices={{
          latest: t('form.runTheLatest'),
          none: t('form.runNone'),
          all: t('form.runAllOldestFirst'),
        }}
      />
      <TextField name="missed.window" label={t('form.notOlderThan')} placeholder="1h" />
      <NumberField name="missed.max" label={t('form.atMost')} placeholder="10" help={t('form.forRunAll')} />
      <TextField
        name="start_deadline"
        label={t('form.mayStartUntil')}
        placeholder="10m"
        help={t('form.afterItFellDueThen')}
      />
      <ChoiceField
        name="on_worker_loss"
        label={t('form.whenItsWorkerIsLost')}
        choices={{ skip: t('form.settleItAsLost'), rerun: t('form.runItAgainElsewhere') }}
      />
      <ChoiceField
        name="when_cut_off"
        label={t('form.whenItsWorkerIsCut')}
        choices={{ wait: t('form.letItGoOn'), kill: t('form.killIt') }}
      />
      <TextField name="retention" label={t('form.keepRecordsFor')} placeholder="30d" />
    </Section>
  );
}

function RetryOn({ value, set }: { value: string[]; set: (value: string[]) => void }) {
  const { faults } = useField('retries.on');
  return (
    <MultiSelect
      name="retries.on"
      label={t('form.retryAfter')}
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
