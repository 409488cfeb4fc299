// What the stream of events tells, and what is to be read anew after it.
//
// Pure: takes events as `sse` reads them. An event is a hint that something changed; how it stands is asked of the server.

import type { ServerEvent } from './sse';

export type FleetEvent = {
  kind: string;
  job?: string | null;
  run?: string | null;
  worker?: string | null;
  by?: string | null;
};

/** `anew`: some events were missed, so that everything shown is to be read again. */
export type Told = FleetEvent | 'anew';

/** Returns what an event says; undefined for marks without a meaning of their own, and for what does not read. */
export function toldBy({ event, data }: ServerEvent): Told | undefined {
  if (event === 'reset') return 'anew';
  if (event === 'begin' || event === 'cut') return undefined;
  try {
    const told: unknown = JSON.parse(data);
    return typeof told === 'object' && told !== null && 'kind' in told ? (told as FleetEvent) : undefined;
  } catch {
    return undefined;
  }
}

/** Gathers the names of jobs that changed, until somebody takes them; too many are told as all of them. */
export class Changed {
  private names = new Set<string>();
  private all = false;

  constructor(private readonly max: number) {}

  add(told: Told) {
    if (told === 'anew') this.all = true;
    else if (told.job) this.names.add(told.job);
    if (this.names.size > this.max) this.all = true;
  }

  get isEmpty(): boolean {
    return !this.all && this.names.size === 0;
  }

  /** Returns what was gathered, and begins anew. */
  take(): string[] | 'all' {
    const taken = this.all ? 'all' : [...this.names];
    this.names = new Set();
    this.all = false;
    return taken;
  }
}
