// What a server without jobs shows: what a job is, and the ways to the first one.

import { Anchor, Button, Code, Group, List, Stack, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { useMay } from '../../api/queries';
import { Panel } from '../../design/Panel';

export function FirstJob() {
  const may = useMay();
  return (
    <Panel>
      <Stack gap="md" maw={640} mx="auto" py="lg">
        <Title order={2}>No job yet: make the first one</Title>
        <Text>
          A job is a shell script or an uploaded WASI module, with a schedule and limits. From then on this
          page says how its runs went, what runs now, and what comes next.
        </Text>
        {may('editor') ? (
          <>
            <List type="ordered" spacing={4} size="sm">
              <List.Item>Give it a name, and write what it does.</List.Item>
              <List.Item>
                Say when: <Code>@daily</Code>, <Code>30 2 * * 1-5</Code>, with a time zone. The form tells in
                words what you typed, and the next five runs.
              </List.Item>
              <List.Item>Save it, press its run button, and watch its output come in.</List.Item>
            </List>
            <Group>
              <Button component={Link} href="/jobs/new" size="sm">
                Make the first job
              </Button>
              <Anchor component={Link} href="/modules" size="sm">
                Upload a module
              </Anchor>
              <Anchor component={Link} href="/docs" size="sm">
                Do it by the interface for programs
              </Anchor>
            </Group>
          </>
        ) : (
          <Text c="dimmed">Your role may look and not make jobs: somebody with the role editor can.</Text>
        )}
      </Stack>
    </Panel>
  );
}
