import { binaryCrossEntropy, crossEntropy } from '@label-smoothing/core';
import { vectorSuite } from './vector-suite.js';

await vectorSuite('core', { crossEntropy, binaryCrossEntropy });
