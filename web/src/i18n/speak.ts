// Tests speak English from their beginning, as the page does once it has begun. For tests alone.

import { choose } from '.';

await choose('en');
