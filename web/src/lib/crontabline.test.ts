// Lines of crontabs: everything that cron reads out of them is there.

import { expect, test } from 'vitest';
import { parseCrontab } from './crontabline';

const BARE = { interpreter: ['/bin/sh'], env: {}, notes: [] };

test('five fields and a command', () => {
  expect(parseCrontab('30  2 * * 1-5   /usr/local/bin/report --all\n')).toEqual({
    ...BARE,
    schedule: '30 2 * * 1-5',
    script: '/usr/local/bin/report --all\n',
  });
});

test('a nickname, variables, a zone, a shell and a comment', () => {
  const text =
    '# nightly\nCRON_TZ=Europe/Berlin\nSHELL=/bin/bash\nPATH="/opt/bin:/bin"\nMAILTO=ops\n@daily backup';
  expect(parseCrontab(text)).toEqual({
    schedule: '@daily',
    timezone: 'Europe/Berlin',
    script: 'backup\n',
    interpreter: ['/bin/bash'],
    env: { PATH: '/opt/bin:/bin' },
    notes: ['MAILTO is left out: alerts tell who is told.'],
  });
});

test('the user of a system crontab', () => {
  expect(parseCrontab('0 4 * * * www-data php /srv/cron.php', true)).toMatchObject({
    user: 'www-data',
    script: 'php /srv/cron.php\n',
  });
});

test('percent signs part the command from its input', () => {
  expect(parseCrontab('0 9 * * * mail -s "100\\%" all%Hello,%bye')).toMatchObject({
    script: 'mail -s "100%" all\n',
    stdin: 'Hello,\nbye\n',
  });
});

test('what is no entry is told', () => {
  for (const text of [
    '',
    '# only words',
    '30 2 * *',
    '@reboot x',
    '0 0 * * * a\n0 0 * * * b',
    '0 0 * * * %x',
  ]) {
    expect(typeof parseCrontab(text), text).toBe('string');
  }
  expect(typeof parseCrontab('0 4 * * * root', true)).toBe('string');
});
