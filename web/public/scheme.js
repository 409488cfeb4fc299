// Sets light or dark before the first paint, so that the page does not flash.
//
// A file of its own because the Content-Security-Policy allows no script in the page.
// Reads what the toggle in `design/SchemeToggle.tsx` keeps; on `auto` the system decides.
(() => {
  let scheme = 'auto';
  try {
    scheme = localStorage.getItem('mantine-color-scheme-value') ?? 'auto';
  } catch {
    // Storage is switched off: the system decides.
  }
  const dark =
    scheme === 'dark' || (scheme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
})();
