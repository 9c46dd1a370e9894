import { batchLimits, type Seeds } from './batch.ts';
import { limits } from './render.ts';
import {
  countOf,
  missingOf,
  parseTemplate,
  promptAt,
  type Template,
  type TemplateProblem,
  type Values,
} from './template.ts';

/** Why a batch cannot be made of a text, and in which of its lines, counted from 1. */
export type BatchProblem =
  | { kind: 'nothing' }
  | { kind: 'too-many'; count: number }
  | { kind: 'template'; line: number; problem: TemplateProblem }
  | { kind: 'slot' | 'wildcard'; line: number; name: string }
  | { kind: 'long'; line: number };

export interface BatchLine {
  line: number;
  template: Template;
}

export type Lines = { kind: 'lines'; lines: readonly BatchLine[] } | { kind: 'problem'; problem: BatchProblem };

/** The templates of a text, one a line. */
export function linesOf(text: string): Lines {
  const lines: BatchLine[] = [];
  for (const [at, each] of text.split(/\r\n?|\n/).entries()) {
    if (each.trim() === '') continue;
    const parsed = parseTemplate(each);
    const line = at + 1;
    if (parsed.kind === 'problem')
      return { kind: 'problem', problem: { kind: 'template', line, problem: parsed.problem } };
    lines.push({ line, template: parsed.template });
  }
  return { kind: 'lines', lines };
}

export const seedsPerPrompt = (seeds: Seeds): number => (seeds.kind === 'drawn' ? seeds.count : seeds.seeds.length);

export const countClips = (lines: readonly BatchLine[], values: Values, seeds: Seeds): number =>
  lines.reduce((sum, { template }) => sum + countOf(template, values), 0) * seedsPerPrompt(seeds);

/** Why these lines cannot be added; null when they can, as far as can be seen without writing them out. */
export function batchProblem(lines: readonly BatchLine[], values: Values, seeds: Seeds): BatchProblem | null {
  if (lines.length === 0) return { kind: 'nothing' };
  for (const { line, template } of lines) {
    const missing = missingOf(template, values);
    const [slot] = missing.slots;
    if (slot !== undefined) return { kind: 'slot', line, name: slot };
    const [wildcard] = missing.wildcards;
    if (wildcard !== undefined) return { kind: 'wildcard', line, name: wildcard };
  }
  const count = countClips(lines, values, seeds);
  return count > batchLimits.clips ? { kind: 'too-many', count } : null;
}

export interface Wanted {
  line: number;
  prompt: string;
  seed: number;
}

/** Prompts with their seeds, one after the other: all of a prompt's seeds, then the next prompt. */
export function* expandBatch(
  lines: readonly BatchLine[],
  values: Values,
  seeds: Seeds,
  drawSeed: () => number,
): Generator<Wanted> {
  for (const { line, template } of lines) {
    const count = countOf(template, values);
    for (let index = 0; index < count; index += 1) {
      // Only what is drawn is another one for each seed.
      const always = template.wildcards.length > 0 ? null : promptAt(template, values, index, 0);
      for (let turn = 0; turn < seedsPerPrompt(seeds); turn += 1) {
        const seed = seeds.kind === 'drawn' ? drawSeed() : (seeds.seeds[turn] ?? 0);
        yield { line, prompt: always ?? promptAt(template, values, index, seed), seed };
      }
    }
  }
}

/** The first prompt that no model takes: without words, or too long. */
export const promptProblem = ({ prompt, line }: Wanted): BatchProblem | null =>
  prompt === '' ? { kind: 'nothing' } : prompt.length > limits.prompt ? { kind: 'long', line } : null;
