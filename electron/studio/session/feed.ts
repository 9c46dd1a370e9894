import { setImmediate as turn } from 'node:timers/promises';

/**
 * Events for one listener that reads at its own pace. Of those with the same key only the newest is worth reading, and
 * what goes on with it.
 */
export class Feed<Event> implements AsyncIterable<Event> {
  #waiting: (Event | null)[] = [];
  /** Where the next one to be read stands, and how many were read before those. */
  #head = 0;
  #read = 0;
  /** Places of what a newer one would replace, counted from the first event of all. */
  readonly #places = new Map<string, number[]>();
  #wake: (() => void) | null = null;
  #closed = false;
  readonly #keyOf: (event: Event) => string | null;
  readonly #goesOn: (event: Event) => boolean;

  constructor(keyOf: (event: Event) => string | null = () => null, goesOn: (event: Event) => boolean = () => false) {
    this.#keyOf = keyOf;
    this.#goesOn = goesOn;
  }

  push(event: Event): void {
    const key = this.#keyOf(event);
    if (key !== null) {
      const before = this.#places.get(key) ?? [];
      const goesOn = this.#goesOn(event);
      if (!goesOn) this.#drop(before);
      this.#places.set(key, [...(goesOn ? before : []), this.#read + this.#waiting.length]);
    }
    this.#waiting.push(event);
    this.#wake?.();
  }

  /** What was read already stays read. */
  #drop(places: readonly number[]): void {
    for (const place of places) if (place - this.#read >= this.#head) this.#waiting[place - this.#read] = null;
  }

  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  #shift(): Event | undefined {
    while (this.#head < this.#waiting.length) {
      const event = this.#waiting[this.#head++];
      if (event != null) return event;
    }
    this.#read += this.#head;
    this.#head = 0;
    this.#waiting = [];
    return undefined;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Event, void, void> {
    for (;;) {
      const event = this.#shift();
      if (event !== undefined) {
        yield event;
        // Of many that wait each is written in a turn of its own: others are served between them.
        if (this.#head < this.#waiting.length) await turn();
      } else if (this.#closed) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = null;
      }
    }
  }
}

/** What a source pushes, until the listener goes; before that what there is to `begin` with, each made as it is read. */
export async function* following<Event>(
  feed: Feed<Event>,
  attach: (push: (event: Event) => void) => () => void,
  signal: AbortSignal | undefined,
  begin: () => Iterable<Event> = () => [],
): AsyncGenerator<Event, void, void> {
  const detach = attach((event) => feed.push(event));
  const close = () => feed.close();
  signal?.addEventListener('abort', close, { once: true });
  try {
    for (const event of begin()) {
      yield event;
      await turn();
    }
    yield* feed;
  } finally {
    signal?.removeEventListener('abort', close);
    detach();
  }
}
