// `npm run evaluate -- <arguments>`: how well the starter model follows its prompts.
import { launch } from './launch.mjs';

await launch(import.meta.url, 'bootstrap/gate/evaluate.mjs');
