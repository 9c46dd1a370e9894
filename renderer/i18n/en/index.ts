import app from './app.ts';
import create from './create.ts';
import failures from './failures.ts';
import library from './library.ts';
import machine from './machine.ts';
import plan from './plan.ts';
import presets from './presets.ts';
import queue from './queue.ts';
import recovery from './recovery.ts';
import refusals from './refusals.ts';
import settings from './settings.ts';
import terms from './terms.ts';
import welcome from './welcome.ts';

export default {
  ...{ app, create, failures, library, machine, plan, presets },
  ...{ queue, recovery, refusals, settings, terms, welcome },
};
