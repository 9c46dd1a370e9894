#!/usr/bin/env node
// `npm start -- <arguments>`: set up what is missing, then the command line.
import { launch } from './launch.mjs';

const program = process.argv[2] === 'serve' ? 'bootstrap/serve.mjs' : 'electron/cli/main.ts';

await launch(import.meta.url, program);
