import { createInterface } from 'node:readline/promises';

/** A question to whoever sits at the terminal, and what they typed; null when they would not say. */
export type Prompt = (question: string) => Promise<string | null>;

/** Null where nobody can answer. */
export function promptOf(json: boolean, signal: AbortSignal): Prompt | null {
  if (json || !process.stdin.isTTY || !process.stderr.isTTY) return null;
  return async (question) => {
    const asked = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return (await asked.question(`${question} `, { signal })).trim();
    } catch {
      return null; // Ctrl-C or Ctrl-D at the question.
    } finally {
      asked.close();
    }
  };
}
