// Every route on one screen.
//
// Flow: `main` → **`app`** → `components/Shell` → `pages`. Pages but the login are fetched when they are gone to, so that
// the first load stays small whichever page it is of.

import { lazy, Suspense } from 'react';
import { Route, Switch } from 'wouter';
import { Shell } from './components/Shell';
import { Loading } from './design/States';
import { t } from './i18n';
import { LoginPage } from './pages/LoginPage';
import { NotFoundPage } from './pages/NotFoundPage';

const AccountPage = lazy(async () => ({ default: (await import('./pages/AccountPage')).AccountPage }));
const AlertsPage = lazy(async () => ({ default: (await import('./pages/AlertsPage')).AlertsPage }));
const AuditPage = lazy(async () => ({ default: (await import('./pages/AuditPage')).AuditPage }));
const DocsPage = lazy(async () => ({ default: (await import('./pages/DocsPage')).DocsPage }));
const EditJobPage = lazy(async () => ({ default: (await import('./pages/EditJobPage')).EditJobPage }));
const HomePage = lazy(async () => ({ default: (await import('./pages/HomePage')).HomePage }));
const JobPage = lazy(async () => ({ default: (await import('./pages/JobPage')).JobPage }));
const JobsPage = lazy(async () => ({ default: (await import('./pages/JobsPage')).JobsPage }));
const ModulesPage = lazy(async () => ({ default: (await import('./pages/ModulesPage')).ModulesPage }));
const RunPage = lazy(async () => ({ default: (await import('./pages/RunPage')).RunPage }));
const RunsPage = lazy(async () => ({ default: (await import('./pages/RunsPage')).RunsPage }));
const SettingsPage = lazy(async () => ({ default: (await import('./pages/SettingsPage')).SettingsPage }));
const UpcomingPage = lazy(async () => ({ default: (await import('./pages/UpcomingPage')).UpcomingPage }));
const UsersPage = lazy(async () => ({ default: (await import('./pages/UsersPage')).UsersPage }));
const WorkersPage = lazy(async () => ({ default: (await import('./pages/WorkersPage')).WorkersPage }));

export function App() {
  return (
    <Switch>
      <Route path="/login">
        <LoginPage />
      </Route>
      <Route>
        <Shell>
          <Suspense fallback={<Loading what={t('shell.thePage')} />}>
            <Switch>
              <Route path="/">
                <HomePage />
              </Route>
              <Route path="/jobs">
                <JobsPage />
              </Route>
              <Route path="/jobs/new">
                <EditJobPage />
              </Route>
              <Route path="/jobs/:name/edit">{({ name }) => <EditJobPage key={name} name={name} />}</Route>
              <Route path="/jobs/:name">{({ name }) => <JobPage key={name} name={name} />}</Route>
              <Route path="/runs">
                <RunsPage />
              </Route>
              <Route path="/runs/:id">{({ id }) => <RunPage key={id} id={id} />}</Route>
              <Route path="/upcoming">
                <UpcomingPage />
              </Route>
              <Route path="/modules">
                <ModulesPage />
              </Route>
              <Route path="/workers">
                <WorkersPage />
              </Route>
              <Route path="/alerts/:tab?">{({ tab }) => <AlertsPage tab={tab} />}</Route>
              <Route path="/users">
                <UsersPage />
              </Route>
              <Route path="/audit">
                <AuditPage />
              </Route>
              <Route path="/settings">
                <SettingsPage />
              </Route>
              <Route path="/docs">
                <DocsPage />
              </Route>
              <Route path="/account">
                <AccountPage />
              </Route>
              <Route>
                <NotFoundPage />
              </Route>
            </Switch>
          </Suspense>
        </Shell>
      </Route>
    </Switch>
  );
}
