// English of what lies ahead, and what became of due moments.

export const upcoming = {
  startsPerMinuteInThe: 'Starts per minute in the next {hours} hours: at most {highest}, {total} in all',
  startsInMinutesAtMost: '{at}: {total} starts in {barMinutes} minutes, at most {peak} in one',
  highestBarStartsInOne:
    'Highest bar: {highest, plural, one {1 start} other {{highest} starts}} in one minute. Times of your zone.',
  jobsForExample:
    '{schedule} ({zone}): {jobs, plural, one {1 job} other {{jobs} jobs}}, for example {examples}',
  spreadBy: 'spread by {spread}',
  copy: 'Copy {text}',
  toCome: 'To come',
  dueNotTaken: 'Due, not taken',
  takenRecordOnItsWay: 'Taken, record on its way',
  ticks: 'ticks',
  theTicksCannotBeRead: 'The ticks cannot be read',
  asReadAt: 'These are the ticks as of {at}: they cannot be read now',
  whatRanIsNotKnown: 'What ran is not known now',
  mongodbDoesNotAnswer:
    'The store of runs (MongoDB) does not answer: runs that have ended are not shown. It is asked again by itself.',
  nothingFellDue: 'Nothing fell due',
  dueMomentsStandHere:
    'Each moment of the schedule stands here once it has come: that it ran, or why it did not. Runs that somebody asked for are among the runs.',
  due: 'Due',
  whatBecameOfIt: 'What became of it',
  attempts: 'Attempts',
  fromUntil: '{from} to {until}',
  paused: 'paused',
  everyTickThatLiesAhead: 'Every tick that lies ahead, as the schedules stand now.',
  theDayAhead: 'the day ahead',
  theDayAheadCannotBe: 'The day ahead cannot be read',
  theNextHours: 'The next {hours} hours',
  startsOfJobs:
    '{total, plural, one {1 start} other {{total} starts}} of {jobs, plural, one {1 job} other {{jobs} jobs}}',
  whereJobsPileUp: 'Where jobs pile up',
  ofPausedJobs: 'of paused jobs',
  ofDisabledJobs: 'of disabled jobs',
  nothingFallsDue: 'Nothing falls due',
  noEnabledJobHasA: 'No enabled job has a tick within a day of that instant, as far as the filters go.',
  from: 'From',
  fromNow: 'from now',
  fromNowTitle: 'From now',
  in: 'In',
  at: 'At',
  inItsZone: 'In its zone',
  byItsJitterAt: 'by its jitter at {at}',
} as const;
