// Where the page may send itself after a login: a path of its own and nothing else.

/** Returns `text` when it is a path of this page, else the first page. */
export function safeNext(text: string | null | undefined): string {
  if (!text?.startsWith('/') || /^\/[/\\]/.test(text) || text.startsWith('/login')) return '/';
  return text;
}
