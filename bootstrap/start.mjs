#!/usr/bin/env node
// `npm start`: set up what is missing, then the studio's window, or the command line when it is given arguments.
// `npm run dev` and `npm run package` begin here too.
import { launch } from './launch.mjs';

/** @type {Record<string, string | undefined>} */
const own = {
  '': 'bootstrap/open.mjs',
  serve: 'bootstrap/serve.mjs',
  dev: 'bootstrap/dev.mjs',
  package: 'bootstrap/package.mjs',
};

await launch(import.meta.url, own[process.argv[2] ?? ''] ?? 'electron/cli/main.ts');
