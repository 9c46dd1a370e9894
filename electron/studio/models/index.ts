export { findModel, listModels, manifestName, readModel } from './catalogue.ts';
export { shapeProblem, shapeSentence } from './shape.ts';
export { hashFile, verifyModel } from './verify.ts';
