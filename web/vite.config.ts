// Build of the page: one bundle under dist/, embedded into the binary.
//
// `npm run dev` serves the sources and hands /api on to a running master (SANDGLASS_SERVER), under the name that the
// browser knows: a master refuses what a page of another origin changes.
// No asset is inlined as a `data:` script or style, so that a strict Content-Security-Policy holds.

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const master = process.env.SANDGLASS_SERVER ?? 'http://127.0.0.1:7480';

export default defineConfig({
  plugins: [react()],
  // The server puts the path that it is shown under in the place of the dot (`master/src/page.rs`).
  base: './',
  // `light-dark()` stays as it is: older targets would rewrite it to variables that Mantine does not set.
  build: {
    target: 'es2023',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1600,
  },
  server: { proxy: { '/api': { target: master } } },
  test: { include: ['src/**/*.test.ts'], environment: 'node', setupFiles: ['src/i18n/speak.ts'] },
});
