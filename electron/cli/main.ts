/** The command line. What it loads is kept compiled for the next start: nothing is loaded before. */
import { enableCompileCache } from 'node:module';

enableCompileCache();

const { commandLine } = await import('./commandLine.ts');
process.exitCode = await commandLine(process.argv.slice(2));
