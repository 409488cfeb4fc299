// Starts per minute, gathered into bars that a screen can show.
//
// Pure: the counts are the server's (`GET /forecast`), nothing here knows a schedule.

const MINUTE = 60_000;

/** `peak` is the most starts in one minute of the bar, `total` all of them together. */
export type Bar = { at: number; peak: number; total: number };

/** Returns bars of `minutes` minutes each, the first at `from` (milliseconds); the last may be shorter. */
export function bars(starts: number[], from: number, minutes: number): Bar[] {
  const found: Bar[] = [];
  for (let first = 0; first < starts.length; first += minutes) {
    const part = starts.slice(first, first + minutes);
    found.push({
      at: from + first * MINUTE,
      peak: Math.max(...part),
      total: part.reduce((sum, count) => sum + count, 0),
    });
  }
  return found;
}

/** Returns the full hours after `from`, every `step` of them, within `hours`: where a scale has its marks. */
export function hourMarks(from: number, hours: number, step: number): number[] {
  // Of the reader's own clock: a zone may stand a quarter of an hour beside the full hour of UTC.
  const first = new Date(from);
  first.setMinutes(0, 0, 0);
  const marks: number[] = [];
  for (let at = first.getTime(); at < from + hours * 60 * MINUTE; at += 60 * MINUTE) {
    if (at >= from && new Date(at).getHours() % step === 0) marks.push(at);
  }
  return marks;
}
