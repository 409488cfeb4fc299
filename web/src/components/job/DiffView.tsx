// What differs between two texts of a job, field by field: short values side by side, longer texts line by line.
//
// The fields are the server's (`/revisions/{n}/diff`); only lines within a field are compared here.

import { Stack, Text } from '@mantine/core';
import type { FieldChange } from '../../api/types';
import { t } from '../../i18n';
import { type DiffLine, diffLines } from '../../lib/diff';
import classes from './diff.module.css';

/** A value of more characters, or of several lines, is shown by lines. */
const SHORT_MAX = 60;

export function DiffView({ changes }: { changes: FieldChange[] }) {
  if (changes.length === 0) return <Text c="dimmed">{t('job.theTwoTextsAreAlike')}</Text>;
  return (
    <Stack gap="md">
      {changes.map((change) => (
        <Change key={change.path} change={change} />
      ))}
    </Stack>
  );
}

function Change({ change: { path, before, after } }: { change: FieldChange }) {
  const was = textOf(before);
  const is = textOf(after);
  const isShort = [was, is].every((text) => !text || (text.length <= SHORT_MAX && !text.includes('\n')));
  return (
    <section aria-label={path} data-change={path}>
      <div className={classes.change}>
        <Text span fw={600} size="sm">
          {path}
        </Text>
        {isShort && (
          <>
            {was === undefined ? (
              <Text span size="sm" c="dimmed">
                {t('job.added')}
              </Text>
            ) : (
              <del className={classes.out}>{was || t('job.empty')}</del>
            )}
            {is === undefined ? (
              <Text span size="sm" c="dimmed">
                {t('job.takenOut')}
              </Text>
            ) : (
              <>
                <span aria-hidden>→</span>
                <ins className={classes.in}>{is || t('job.empty')}</ins>
              </>
            )}
          </>
        )}
      </div>
      {!isShort && <Lines lines={diffLines(was ?? '', is ?? '')} label={t('job.linesOf', { path })} />}
    </section>
  );
}

const SIGNS = { same: '', out: '\u2212', in: '+' };
const WORDS = {
  same: '',
  get out() {
    return t('job.takenOutWord');
  },
  get in() {
    return t('job.putIn');
  },
};

/** Shows a diff of lines; also of texts that no revision holds yet. */
export function Lines({ lines, label }: { lines: DiffLine[]; label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reached by keyboard
    <section className={classes.lines} aria-label={label} tabIndex={0}>
      <table>
        <tbody>
          {lines.map((line, at) =>
            line.kind === 'gap' ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines have no name but their place
              <tr key={at}>
                <td className={classes.gap} colSpan={4}>
                  {t('job.linesAlike', { lines: line.lines })}
                </td>
              </tr>
            ) : (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines have no name but their place
              <tr key={at} data-kind={line.kind}>
                <td className={classes.number}>{line.before}</td>
                <td className={classes.number}>{line.after}</td>
                <td className={classes.sign} aria-hidden>
                  {SIGNS[line.kind]}
                </td>
                <td>
                  {WORDS[line.kind] && <span className="sr-only">{WORDS[line.kind]}</span>}
                  {line.text}
                </td>
              </tr>
            ),
          )}
        </tbody>
      </table>
    </section>
  );
}

/** Returns a value as text: a text as it is, anything else as JSON; nothing of what is not there. */
function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  const line = JSON.stringify(value);
  return line.length <= SHORT_MAX ? line : JSON.stringify(value, null, 2);
}
