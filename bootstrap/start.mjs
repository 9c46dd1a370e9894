#!/usr/bin/env node
// `npm start`: set up what is missing, then the studio's window, or the command line when it is given arguments.
import { launch } from './launch.mjs';

const [command] = process.argv.slice(2);
const program =
  command === undefined ? 'bootstrap/open.mjs' : command === 'serve' ? 'bootstrap/serve.mjs' : 'electron/cli/main.ts';

await launch(import.meta.url, program);
