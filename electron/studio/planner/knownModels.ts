import type { Model } from '../../../contract/model.ts';
import { type Facts, factsOf, type ModelFacts, readCatalogue } from './facts.ts';

/** What there is to know of a model, or why nothing is. */
export type Known = Facts | { kind: 'unknown' | 'unreadable'; file: null };

export interface KnownModelsOptions {
  now: () => number;
  catalogue: string;
  findModel: (wanted: string) => Promise<{ kind: 'model'; model: Model } | { kind: 'refused' } | null>;
}

/** How long what was read of models from the disk is taken for true. */
const readFor = 4000;

/** The models that are here, and those of the catalogue: read once for many questions. */
export class KnownModels {
  readonly #options: KnownModelsOptions;
  readonly #known = new Map<string, { at: number; found: Promise<Known> }>();
  #catalogue: Promise<ModelFacts[]> | null = null;

  constructor(options: KnownModelsOptions) {
    this.#options = options;
  }

  /** By a model's id or folder: of those that are here, else of the catalogue. */
  factsFor(wanted: string): Promise<Known> {
    const known = this.#known.get(wanted);
    const now = this.#options.now();
    if (known !== undefined && now - known.at < readFor) return known.found;
    const found = this.#lookUp(wanted);
    if (this.#known.size > 500) this.#known.clear();
    this.#known.set(wanted, { at: now, found });
    found.catch(() => this.#known.delete(wanted));
    return found;
  }

  async #lookUp(wanted: string): Promise<Known> {
    const here = await this.#options.findModel(wanted);
    if (here?.kind === 'refused') return { kind: 'unreadable', file: null };
    if (here?.kind === 'model') return factsOf(here.model);
    this.#catalogue ??= readCatalogue(this.#options.catalogue);
    const facts = (await this.#catalogue).find(({ id }) => id === wanted);
    return facts === undefined ? { kind: 'unknown', file: null } : { kind: 'facts', facts };
  }
}
