import { words } from '../i18n/index.ts';
import { refusalWords } from '../i18n/refusal.ts';
import { toast } from '../ui/toast.tsx';
import { refused, Unreachable } from './client.ts';
import { useStudio } from './store.ts';

export const modelName = (id: string): string =>
  useStudio.getState().models.find((model) => model.id === id)?.name ?? id;

/** Why a call came to nothing, for people. */
export function errorWords(error: unknown): string {
  const refusal = refused(error);
  if (refusal) return refusalWords(refusal, modelName);
  if (error instanceof Unreachable || useStudio.getState().connection !== 'open')
    return words('app:connection.notSent');
  console.error(error);
  return words('app:unexpected');
}

/** The answer of a call; null after telling the person why there is none. */
export async function told<Answer>(call: Promise<Answer>): Promise<Answer | null> {
  try {
    return await call;
  } catch (error) {
    toast({ text: errorWords(error), tone: 'bad' });
    return null;
  }
}
