import { z } from 'zod';
import { Wildcard } from '../batch.ts';
import { get, post } from './asked.ts';

/** How many of the last prompts are offered again. */
export const historyLength = 200;

export const prompts = {
  /** Each once, newest first. */
  history: get('/prompts/history', 'The last prompts').output(z.array(z.string())),
  wildcards: get('/prompts/wildcards', "The user's own lists").output(z.array(Wildcard)),
  setWildcard: post('/prompts/wildcards', 'Make or replace a list').input(Wildcard).output(z.void()),
  removeWildcard: post('/prompts/wildcards/remove', 'Forget a list')
    .input(Wildcard.pick({ name: true }))
    .output(z.void()),
};
