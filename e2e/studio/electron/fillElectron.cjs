// @ts-nocheck: written for another Electron than the one whose types are here.
// What the pinned Electron has and the older one of the tests lacks. Loaded before the program, which knows nothing of it.
const stream = require('node:stream');
const threads = require('node:worker_threads');
const { app, session } = require('electron');
require('./fillNode.cjs');

/** Threads lack the same. */
threads.Worker = class extends threads.Worker {
  constructor(file, options) {
    super(file, { ...options, execArgv: ['--require', require.resolve('./fillNode.cjs')] });
  }
};

/** `protocol.handle` over what came before it. */
function handle(scheme, answer) {
  this.registerStreamProtocol(scheme, async (asked, give) => {
    const parts = (asked.uploadData ?? []).map(async ({ bytes, blobUUID }) =>
      blobUUID ? session.defaultSession.getBlobData(blobUUID) : bytes,
    );
    const body = asked.uploadData ? Buffer.concat(await Promise.all(parts)) : null;
    const { status, headers, body: given } = await answer(new Request(asked.url, { ...asked, body }));
    give({ statusCode: status, headers: Object.fromEntries(headers), data: stream.Readable.from(given ?? []) });
  });
}

app.on('session-created', ({ protocol }) => {
  protocol.handle ??= handle;
  protocol.unhandle ??= (scheme) => protocol.unregisterProtocol(scheme);
});
app.on('web-contents-created', (_, contents) => {
  // The address was an argument of its own once.
  for (const name of ['will-navigate', 'will-redirect']) {
    contents.on(name, (event, url) => {
      event.url ??= url;
    });
  }
});

// The superuser, as in a container, cannot have the sandbox: then the launcher says so, and its word counts.
if (app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox = () => {};
