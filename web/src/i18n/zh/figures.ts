// Instants and spans of the API within Chinese sentences.

import { spanMs } from '../../lib/quantity';
import { duration, exact, instant } from '../../lib/time';

/** Returns an instant of the API as people read it. */
export function at(text: string): string {
  const ms = instant(text);
  return ms === undefined ? text : exact(ms);
}

/** Returns a span of the API as people read it. */
export function span(text: string): string {
  const ms = spanMs(text);
  return ms === undefined ? text : duration(ms);
}
