import type en from '../en/settings.ts';
import type { Words } from '../words.ts';

export default {} satisfies Words<typeof en>;
