// Settings, for admins: what holds for all masters at once, and what is so by the configuration.

import { messageOf } from '../api/problem';
import { reaches, useSession } from '../api/queries';
import { Editor } from '../components/settings/Editor';
import { Page } from '../design/Page';
import { Panel } from '../design/Panel';
import { Empty, Failure, Loading } from '../design/States';
import { t } from '../i18n';

export function SettingsPage() {
  return (
    <Page title={t('common.settings')} about={t('settings.whatHoldsForAllMasters')}>
      <ForAdmins />
    </Page>
  );
}

function ForAdmins() {
  const session = useSession();
  if (session.isPending) return <Loading what={t('account.yourAccount')} />;
  if (!session.data)
    return (
      <Failure
        title={t('account.yourAccountCannotBeRead')}
        message={messageOf(session.error)}
        retry={() => void session.refetch()}
      />
    );
  const { user, role } = session.data;
  if (reaches(role, 'admin')) return <Editor />;
  return (
    <Panel>
      <Empty title={t('settings.onlyForAdmins')}>{t('settings.youAreLoggedInAs', { user, role })}</Empty>
    </Panel>
  );
}
