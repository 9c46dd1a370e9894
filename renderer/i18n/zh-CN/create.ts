import type en from '../en/create.ts';
import type { Words } from '../words.ts';

export default {} satisfies Words<typeof en>;
