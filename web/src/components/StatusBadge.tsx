// A run's status as people see it: shape, colour and text from the one table in `status`.

import { Tooltip } from '@mantine/core';
import { statusLook } from './status';
import classes from './status.module.css';

export function StatusBadge({ status }: { status: string }) {
  const { text, icon: Icon, tone, means } = statusLook(status);
  return (
    <Tooltip label={means}>
      <span className={classes.badge} data-tone={tone} data-status={status}>
        <Icon size={16} aria-hidden />
        {text}
      </span>
    </Tooltip>
  );
}
