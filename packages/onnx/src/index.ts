export { lossModel } from './loss-model.js';
export type { ExportDtype, ExportOptions, LabelType } from './options.js';
