// Entry of the page: the language, styles, theme, cache of answers, then the app.
//
// Flow: `index.html` → **`main`** → `app` → `pages`.

import './design/mantine.css';
import '@mantine/notifications/styles.css';
import '@mantine/spotlight/styles.css';
import './design/global.css';

import { MantineProvider } from '@mantine/core';
import { ModalsProvider } from '@mantine/modals';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode, useMemo } from 'react';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { queryClient } from './api/queries';
import { App } from './app';
import { goToLogin, guarded, isKept } from './components/navigation';
import { renewWhenParted } from './components/renewal';
import { cssVariables, theme } from './design/theme';
import { begin, useLanguage } from './i18n';
import { BASE } from './lib/base';

const client = queryClient(() => {
  if (!isKept()) client.clear();
  goToLogin();
});

renewWhenParted();

const root = document.getElementById('root');
if (!root) throw new Error('index.html has the element `root`');

/** Draws everything anew in another language; what is typed and opened stays. */
function Root() {
  const language = useLanguage();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the look has words of the language
  const look = useMemo(theme, [language]);
  return (
    <MantineProvider theme={look} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <QueryClientProvider client={client}>
        {/* Around dialogs and messages too: they have links. */}
        <Router base={BASE} aroundNav={(navigate, to, options) => guarded(() => navigate(to, options))}>
          <ModalsProvider>
            <Notifications position="bottom-right" limit={4} />
            <App />
          </ModalsProvider>
        </Router>
      </QueryClientProvider>
    </MantineProvider>
  );
}

void begin().then(() =>
  createRoot(root).render(
    <StrictMode>
      <Root />
    </StrictMode>,
  ),
);
