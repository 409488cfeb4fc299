// A line of a crontab, taken apart into the fields of a job: what the schedule means is left to the server.
//
// Pure. Understands what stands before the line too (`CRON_TZ=`, `SHELL=`, `PATH=` and other variables), nicknames
// (`@daily`), the user's column of `/etc/crontab`, and `%`: the first ends the command, what follows is its standard input,
// further ones are line breaks, and `\%` is a percent sign.

import { t } from '../i18n';

export type CrontabLine = {
  schedule: string;
  timezone?: string;
  user?: string;
  script: string;
  stdin?: string;
  interpreter: string[];
  env: Record<string, string>;
  /** What was left out, in words. */
  notes: string[];
};

/** What cron runs a command by, unless `SHELL` says so: without `-e`, so that `a; b` runs both. */
const CRON_SHELL = '/bin/sh';

/** Returns the fields, or why the text is no line of a crontab. */
export function parseCrontab(text: string, withUser = false): CrontabLine | string {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const found: CrontabLine = { schedule: '', script: '', interpreter: [CRON_SHELL], env: {}, notes: [] };
  let entries = 0;
  for (const line of lines) {
    const set = /^([A-Za-z_]\w*)\s*=\s*(.*)$/.exec(line);
    if (set) {
      assign(found, set[1] ?? '', unquoted(set[2] ?? ''));
      continue;
    }
    entries += 1;
    if (entries > 1) return t('form.thisIsMoreThanOne');
    const wrong = entry(found, line, withUser);
    if (wrong) return wrong;
  }
  return entries === 0 ? t('form.thereIsNoEntryIn') : found;
}

function entry(found: CrontabLine, line: string, withUser: boolean): string | undefined {
  const when = /^(@\w+)\s+(.*)$/.exec(line) ?? /^(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+(.*)$/.exec(line);
  if (!when) return t('form.itNeedsFiveFieldsOr');
  const schedule = (when[1] ?? '').replace(/\s+/g, ' ');
  if (schedule === '@reboot') return t('form.rebootIsNoTimeA');
  let rest = when[2] ?? '';
  if (withUser) {
    const who = /^(\S+)\s+(.*)$/.exec(rest);
    if (!who) return t('form.itNeedsAUserAnd');
    found.user = who[1];
    rest = who[2] ?? '';
  }
  found.schedule = schedule;
  const [command = '', ...input] = rest.split(/(?<!\\)%/).map((part) => part.replaceAll('\\%', '%'));
  if (command.trim() === '') return t('form.thereIsNoCommandBehind');
  found.script = `${command.trim()}\n`;
  if (input.length > 0) found.stdin = `${input.join('\n')}\n`;
  return undefined;
}

function assign(found: CrontabLine, name: string, value: string) {
  if (name === 'CRON_TZ' || name === 'TZ') found.timezone = value;
  else if (name === 'SHELL') found.interpreter = [value];
  else if (name === 'MAILTO' || name === 'MAILFROM') {
    found.notes.push(t('form.isLeftOutAlertsTell', { name }));
  } else found.env[name] = value;
}

function unquoted(value: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(value.trim());
  return quoted ? (quoted[2] ?? '') : value.trim();
}
