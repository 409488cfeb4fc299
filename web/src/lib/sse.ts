// Reads `text/event-stream` from bytes as they come.
//
// Pure: fed with pieces cut anywhere, it returns the events that are complete. Bounded: an event larger than
// `EVENT_CHARS_MAX` is an error, since nothing that the server sends is.

import { t } from '../i18n';

/** Larger than any event: 64 KiB of output as base64 or JSON stays below. */
export const EVENT_CHARS_MAX = 4 * 1024 * 1024;

export type ServerEvent = { event: string; data: string; id?: string };

export class EventReader {
  private rest = '';
  private event = '';
  private data: string[] = [];
  private size = 0;
  private id: string | undefined;
  private decoder = new TextDecoder();

  /** Takes the next bytes and returns the events that they complete. */
  push(bytes: Uint8Array): ServerEvent[] {
    const text = this.rest + this.decoder.decode(bytes, { stream: true });
    const lines = text.split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? '';
    if (this.rest.length > EVENT_CHARS_MAX) throw new Error(t('shell.theServerSentALine'));
    const events: ServerEvent[] = [];
    for (const line of lines) {
      const complete = this.line(line);
      if (complete) events.push(complete);
    }
    return events;
  }

  private line(line: string): ServerEvent | undefined {
    if (line === '') return this.dispatch();
    if (line.startsWith(':')) return undefined;
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.event = value;
    else if (field === 'id') this.id = value;
    else if (field === 'data') {
      this.size += value.length;
      if (this.size > EVENT_CHARS_MAX) throw new Error(t('shell.theServerSentAnEvent'));
      this.data.push(value);
    }
    return undefined;
  }

  private dispatch(): ServerEvent | undefined {
    const data = this.data;
    const event = this.event;
    this.event = '';
    this.data = [];
    this.size = 0;
    if (data.length === 0 && event === '') return undefined;
    return { event: event || 'message', data: data.join('\n'), id: this.id };
  }
}
