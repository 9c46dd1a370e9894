// `npm test`: set up everything, then run every check and every test.
import { launch } from './launch.mjs';

await launch(import.meta.url, 'bootstrap/gate/gate.mjs');
