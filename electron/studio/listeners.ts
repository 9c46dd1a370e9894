/** Those who want to hear of something. One that throws does not keep it from the others. */
export class Listeners<Event> {
  readonly #all = new Set<(event: Event) => void>();

  add(listener: (event: Event) => void): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  tell(event: Event): void {
    for (const listener of this.#all) {
      try {
        listener(event);
      } catch (error) {
        console.error(error);
      }
    }
  }
}
