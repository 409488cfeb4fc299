// Where this server stands in the address: beneath a path that a proxy shows it under, or at the top.
//
// The server writes it into the page (`master/src/page.rs`), since the page's own address says nothing of it. The router adds
// it by itself; whoever makes an address by hand asks here.

/** The path before every address of this server: `/sandglass`, or empty at the top. */
export const BASE =
  typeof document === 'undefined'
    ? ''
    : (document.querySelector<HTMLMetaElement>('meta[name=base-path]')?.content ?? '');

/** Returns where a path of this server is for the browser. */
export function at(path: string): string {
  return BASE + path;
}

/** Returns the path of this page without what stands before it, as the router knows it. */
export function here(): string {
  const { pathname, search, hash } = window.location;
  return (pathname.startsWith(`${BASE}/`) ? pathname.slice(BASE.length) : '/') + search + hash;
}
