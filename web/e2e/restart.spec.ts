// A server that is restarted while somebody reads: the page goes on from the same place, nothing is lost and nothing comes
// twice.
//
// The server is the test's own. Not here: a master of a fleet (`fleet.spec`), a stream that breaks alone (`lib/follow`).

import { followAcrossRestarts } from './follow';
import { OwnServer } from './own';
import { test } from './server';

test('a log goes on from the same place across a restart and a crash of the server', async ({ browser }) => {
  const server = await OwnServer.standalone();
  try {
    await followAcrossRestarts(browser, server);
  } finally {
    await server.drop();
  }
});
