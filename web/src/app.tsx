// Every route on one screen.
//
// Flow: `main` → **`app`** → `components/Shell` → `pages`.

import { Redirect, Route, Router, Switch } from 'wouter';
import { guarded } from './components/navigation';
import { Shell } from './components/Shell';
import { EditJobPage } from './pages/EditJobPage';
import { JobPage } from './pages/JobPage';
import { JobsPage } from './pages/JobsPage';
import { LoginPage } from './pages/LoginPage';
import { ModulesPage } from './pages/ModulesPage';
import { NotFoundPage } from './pages/NotFoundPage';
import { RunPage } from './pages/RunPage';
import { RunsPage } from './pages/RunsPage';
import { UpcomingPage } from './pages/UpcomingPage';
import { WorkersPage } from './pages/WorkersPage';

export function App() {
  return (
    <Router aroundNav={(navigate, to, options) => guarded(() => navigate(to, options))}>
      <Switch>
        <Route path="/login">
          <LoginPage />
        </Route>
        <Route>
          <Shell>
            <Switch>
              <Route path="/">
                <Redirect to="/jobs" replace />
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
              <Route>
                <NotFoundPage />
              </Route>
            </Switch>
          </Shell>
        </Route>
      </Switch>
    </Router>
  );
}
