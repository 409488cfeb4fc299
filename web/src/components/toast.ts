// Short messages about what was done, with the server's own words where it refused.

import { notifications } from '@mantine/notifications';
import { messageOf, ProblemError } from '../api/problem';
import { goToLogin } from './navigation';

export function done(title: string, message?: string) {
  notifications.show({ title, message, color: 'teal', role: 'status' });
}

export function failed(title: string, error: unknown) {
  if (error instanceof ProblemError && error.status === 401) return goToLogin();
  notifications.show({ title, message: messageOf(error), color: 'red', role: 'alert', autoClose: 10_000 });
}

const PROGRESS = 'progress';
let shown = false;

/** Says how far something long has come, in place of what was said before; undefined takes it away. */
export function progress(title: string | undefined) {
  if (title === undefined) notifications.hide(PROGRESS);
  else {
    const told = { id: PROGRESS, title, message: '', loading: true, autoClose: false, role: 'status' };
    if (shown) notifications.update(told);
    else notifications.show(told);
  }
  shown = title !== undefined;
}
