// Every route on one screen.
//
// Flow: `main` → **`app`** → `components/Shell` → `pages`.

import { Redirect, Route, Router, Switch } from 'wouter';
import { guarded } from './components/navigation';
import { Shell } from './components/Shell';
import { LoginPage } from './pages/LoginPage';
import { NotFoundPage } from './pages/NotFoundPage';

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
