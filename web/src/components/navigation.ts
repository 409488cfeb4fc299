// Going from page to page, and who may object.
//
// A form with unsaved changes sets a guard; every way of leaving asks it first: links, the browser's back button,
// and closing the tab. Also sends to the login, and back to where one was.

import { useEffect } from 'react';
import { navigate } from 'wouter/use-browser-location';
import { at, here } from '../lib/base';

/** Asks the user and calls `leave` if they agree. */
export type Guard = (leave: () => void) => void;

let guard: Guard | undefined;

/** Calls `leave` now, or after the user agreed to lose what is not saved. */
export function guarded(leave: () => void) {
  if (guard) guard(leave);
  else leave();
}

/** Objects to leaving the page while `active`. */
export function useLeaveGuard(active: boolean, ask: Guard) {
  useEffect(() => {
    if (!active) return;
    guard = (leave) =>
      ask(() => {
        guard = undefined;
        leave();
      });
    const stood = window.location.href;
    const onUnload = (event: BeforeUnloadEvent) => event.preventDefault();
    const onPop = (event: PopStateEvent) => {
      if (window.location.href === stood || !guard) return;
      event.stopImmediatePropagation();
      const there = window.location.href;
      window.history.pushState(null, '', stood);
      guard(() => navigate(there.slice(window.location.origin.length)));
    };
    window.addEventListener('beforeunload', onUnload);
    window.addEventListener('popstate', onPop, true);
    return () => {
      guard = undefined;
      window.removeEventListener('beforeunload', onUnload);
      window.removeEventListener('popstate', onPop, true);
    };
  }, [active, ask]);
}

/** Takes the guard away, for a leave that the page itself wants (after a save). */
export function dropGuard() {
  guard = undefined;
}

let stays = 0;
let loginAgain: (() => void) | undefined;

/** Keeps the page where it is while `active`, when its session ends: something is typed there that is not saved. */
export function useStay(active = true) {
  useEffect(() => {
    if (!active) return;
    stays += 1;
    return () => {
      stays -= 1;
    };
  }, [active]);
}

/** Hears when one is to log in without leaving the page; returns what takes that back. */
export function onLoginAgain(ask: () => void): () => void {
  loginAgain = ask;
  return () => {
    loginAgain = undefined;
  };
}

/** Returns true while the end of a session must lose nothing. */
export function isKept(): boolean {
  return loginAgain !== undefined && (stays > 0 || guard !== undefined);
}

/** Sends to the login and remembers where one was; above the page where something would be lost. */
export function goToLogin() {
  if (isKept()) return loginAgain?.();
  const page = here();
  if (/^\/login([?#]|$)/.test(page)) return;
  navigate(at(`/login?next=${encodeURIComponent(page)}`), { replace: true });
}
