/** Events for one listener that reads at its own pace. `replaces` names older ones that a new one makes worthless. */
export class Feed<Event> implements AsyncIterable<Event> {
  #waiting: Event[] = [];
  #wake: (() => void) | null = null;
  #closed = false;
  readonly #replaces: (newer: Event, older: Event) => boolean;

  constructor(replaces: (newer: Event, older: Event) => boolean = () => false) {
    this.#replaces = replaces;
  }

  push(event: Event): void {
    const kept = this.#waiting.filter((older) => !this.#replaces(event, older));
    this.#waiting = [...kept, event];
    this.#wake?.();
  }

  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Event, void, void> {
    for (;;) {
      const event = this.#waiting.shift();
      if (event !== undefined) yield event;
      else if (this.#closed) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = null;
      }
    }
  }
}

/** What a source pushes, until the listener goes. */
export async function* following<Event>(
  feed: Feed<Event>,
  attach: (push: (event: Event) => void) => () => void,
  signal: AbortSignal | undefined,
): AsyncGenerator<Event, void, void> {
  const detach = attach((event) => feed.push(event));
  const close = () => feed.close();
  signal?.addEventListener('abort', close, { once: true });
  try {
    yield* feed;
  } finally {
    signal?.removeEventListener('abort', close);
    detach();
  }
}
