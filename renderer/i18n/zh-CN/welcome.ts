import type en from '../en/welcome.ts';
import type { Words } from '../words.ts';

export default {} satisfies Words<typeof en>;
