// English of what holds for all masters.

export const settings = {
  theSettings: 'the settings',
  theSettingsCannotBeRead: 'The settings cannot be read',
  whatHoldsForAllMasters:
    'What holds for all masters at once. What nobody sets here is as the configuration of each master says.',
  onlyForAdmins: 'The settings are for admins',
  youAreLoggedInAs:
    'You are logged in as {user}, whose role is {role}. An admin can change a setting, or your role on the page of users.',
  sessions: 'Sessions',
  howLongThingsAreKept: 'How long things are kept',
  session: 'Length of a session',
  sessionHelp:
    'Who logs in stays so for this long; sessions that have begun end as they would have. A number with its unit (m, h, d), like 12h or 7d: 1m to 365d.',
  audit: 'Audit and alerts',
  auditHelp: 'For how many days lines of the audit and told alerts are kept: 1 to 3650.',
  revisionsMax: 'Revisions of a job',
  revisionsMaxHelp: 'How many revisions of each job are kept, the newest ones: 1 to 10000.',
  revisionsDays: 'Replaced revisions',
  revisionsDaysHelp:
    'For how many days a revision is kept after another took its place: 1 to 3650. The current one always stays.',
  ranges: 'Ticks that did not run',
  rangesHelp: 'For how many days it is kept which ticks did not run, and why: 1 to 3650.',
  daysUnit: 'days',
  revisionsUnit: 'revisions',
  days: '{count, plural, one {1 day} other {{count} days}}',
  revisions: '{count, plural, one {1 revision} other {{count} revisions}}',
  inForce: 'In force now',
  comesFrom: 'Comes from',
  setHere: 'set here',
  theConfiguration: 'the configuration',
  asConfigured: 'as configured',
  asConfiguredTitle: 'As configured',
  asConfiguredOf: 'As configured: {label}',
  discardMyChanges: 'Discard my changes',
  theSettingsAreSaved: 'The settings are saved',
  theyHoldForAllMasters: 'They hold for all masters from now on.',
  keepForShorterAsk: 'Keep things for shorter?',
  whatIsBeyondThatIs: 'What is beyond that is removed, and nothing brings it back.',
  somebodyElseChangedThem: 'Somebody else changed the settings meanwhile',
  yourChangesAreStillHere: 'Nothing was saved. Your changes are still in the form.',
  bothAreAlike: 'Nothing: both are alike.',
} as const;
