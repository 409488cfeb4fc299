// Every route of the interface, to read and to try: Swagger UI on the server's own OpenAPI document.
//
// Its code and its styles are fetched when somebody goes here, from this server. Requests that one tries go out with the
// session of who is logged in, and mean what they say.

import { t } from '../i18n';
import 'swagger-ui-dist/swagger-ui.css';
import '../design/docs.css';

import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import SwaggerUIBundle from 'swagger-ui-dist/swagger-ui-es-bundle.js';
import { Page } from '../design/Page';
import { at } from '../lib/base';

const DOCUMENT = at('/api/v1/openapi.json');

export function DocsPage() {
  const place = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme('light');
  useEffect(() => {
    const root = document.documentElement;
    root.classList.toggle('dark-mode', scheme === 'dark');
    return () => root.classList.remove('dark-mode');
  }, [scheme]);
  useEffect(() => {
    if (!place.current) return;
    SwaggerUIBundle({
      domNode: place.current,
      url: DOCUMENT,
      presets: [SwaggerUIBundle.presets.apis],
      deepLinking: false,
      docExpansion: 'list',
      defaultModelsExpandDepth: -1,
      displayRequestDuration: true,
      filter: true,
      tryItOutEnabled: false,
      validatorUrl: null,
      // Its list calls itself the page's main part, which is ours.
      onComplete: () => place.current?.querySelector('main')?.setAttribute('role', 'group'),
    });
  }, []);
  return (
    <Page title={t('shell.interface')} about={t('shell.everyRouteAsThisServer')}>
      <div ref={place} />
    </Page>
  );
}
