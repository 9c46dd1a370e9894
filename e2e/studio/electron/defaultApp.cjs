// @ts-nocheck: written for another Electron than the one whose types are here.
// Stands in for the app that Electron comes with, which the one for tests lacks: runs the main that it is given.
const { join, resolve } = require('node:path');
const { app } = require('electron');

const required = process.argv.indexOf('-r');
if (required > 0) require(process.argv[required + 1]);

const at = process.argv.findIndex((arg) => arg.endsWith('.cjs'));
const main = resolve(process.argv[at] ?? '');
// As with the real one: argv[1] is the program, what follows is its own.
process.argv.splice(1, at - 1);
app.setAppPath(join(main, '..'));
require('./fillElectron.cjs');
require(main);
