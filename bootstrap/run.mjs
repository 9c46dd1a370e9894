// `npm run evaluate`, `contract`, `manifest`, `icons`, `bench`, `test:faults`: set up, then one of the project's own programs.
import { launch } from './launch.mjs';

await launch(import.meta.url, 'bootstrap/gate/task.mjs');
