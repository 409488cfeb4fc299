// What only readers of Chinese need, fetched once, by the first page that shows it: words for facts of the server.
//
// Until it is there, and where it cannot be had, the server's own words stand.

import { useEffect, useSyncExternalStore } from 'react';
import { useLanguage } from '../i18n';

/** Returns a hook that gives readers of Chinese what `fetch` brings, once it is there. */
export function inChinese<T>(fetch: () => Promise<T>): () => T | undefined {
  let had: T | undefined;
  const watchers = new Set<() => void>();
  const watch = (watcher: () => void) => {
    watchers.add(watcher);
    return () => {
      watchers.delete(watcher);
    };
  };
  const bring = async () => {
    had = await fetch();
    for (const watcher of watchers) watcher();
  };
  return function useInChinese() {
    const wanted = useLanguage() === 'zh';
    const there = useSyncExternalStore(watch, () => had);
    useEffect(() => {
      if (wanted && !had) bring().catch(() => {});
    }, [wanted]);
    return wanted ? there : undefined;
  };
}
