// What is offered to those who may do it, and to nobody else.
//
// The server decides all the same: this only spares people a button that would be refused.

import type { ReactNode } from 'react';
import { useMay } from '../api/queries';
import type { Role } from '../api/types';

export function For({ least, children }: { least: Role; children: ReactNode }) {
  return useMay()(least) ? children : null;
}
