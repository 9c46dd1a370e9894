#!/usr/bin/env node
// `npm start -- <arguments>`: set up what is missing, then the command line.
import { launch } from './launch.mjs';

await launch(import.meta.url, 'electron/cli/main.ts');
