// A tab that was open while the server was upgraded asks for parts of the page that are no more: it loads itself anew.
//
// At most once in a while: where the part cannot be had for another reason, the page says so instead of turning in
// circles (`design/Boundary`).

const AGAIN_AFTER_MS = 30_000;
const KEY = 'sandglass-renewed-at';

/** Loads the page anew when a part of it is missing. */
export function renewWhenParted() {
  window.addEventListener('vite:preloadError', (event) => {
    const last = Number(sessionStorage.getItem(KEY) ?? 0);
    if (Date.now() - last < AGAIN_AFTER_MS) return;
    sessionStorage.setItem(KEY, String(Date.now()));
    event.preventDefault();
    window.location.reload();
  });
}
