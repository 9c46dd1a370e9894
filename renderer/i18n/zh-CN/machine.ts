import type en from '../en/machine.ts';
import type { Words } from '../words.ts';

export default {} satisfies Words<typeof en>;
