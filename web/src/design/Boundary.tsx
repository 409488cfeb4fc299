// What stands in a page's place when it could not be loaded or broke: what happened, and a way on.

import { Component, type ReactNode } from 'react';
import { t } from '../i18n';
import { Failure } from './States';

type State = { error?: Error };

/** Give it a `key` that changes with the page, so that another page begins afresh. */
export class Boundary extends Component<{ children: ReactNode }, State> {
  override state: State = {};

  static getDerivedStateFromError(error: Error): State {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <Failure
        title={t('shell.thisPageCouldNotBe')}
        message={error.message}
        retry={() => window.location.reload()}
      />
    );
  }
}
