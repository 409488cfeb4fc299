// Says whether a job is a shell script or a WASI module.

import { Badge } from '@mantine/core';
import { IconBoxModel2, IconTerminal2 } from '@tabler/icons-react';
import type { Kind } from '../api/types';

export function KindMark({ kind }: { kind: Kind }) {
  const Icon = kind === 'wasm' ? IconBoxModel2 : IconTerminal2;
  return (
    <Badge
      variant="default"
      radius="sm"
      tt="none"
      fw={500}
      miw="max-content"
      leftSection={<Icon size={13} aria-hidden />}
    >
      {kind}
    </Badge>
  );
}
