// What a server without jobs shows: what a job is, and the ways to the first one.

import { Anchor, Button, Code, Group, List, Stack, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { useMay } from '../../api/queries';
import { Panel } from '../../design/Panel';
import { t, tx } from '../../i18n';

export function FirstJob() {
  const may = useMay();
  return (
    <Panel>
      <Stack gap="md" maw={640} mx="auto" py="lg">
        <Title order={2}>{t('home.noJobYetMakeThe')}</Title>
        <Text>{t('home.aJobIsAShell')}</Text>
        {may('editor') ? (
          <>
            <List type="ordered" spacing={4} size="sm">
              <List.Item>{t('home.giveItANameAnd')}</List.Item>
              <List.Item>
                {tx('home.sayWhenWithATime', {
                  daily: <Code>@daily</Code>,
                  weekdays: <Code>30 2 * * 1-5</Code>,
                })}
              </List.Item>
              <List.Item>{t('home.saveItPressItsRun')}</List.Item>
            </List>
            <Group>
              <Button component={Link} href="/jobs/new" size="sm">
                {t('common.makeTheFirstJob')}
              </Button>
              <Anchor component={Link} href="/modules" size="sm">
                {t('common.uploadAModule')}
              </Anchor>
              <Anchor component={Link} href="/docs" size="sm">
                {t('home.doItByTheInterface')}
              </Anchor>
            </Group>
          </>
        ) : (
          <Text c="dimmed">{t('home.yourRoleMayLookAnd')}</Text>
        )}
      </Stack>
    </Panel>
  );
}
