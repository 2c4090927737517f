import type { ResolvedOptions } from '@label-smoothing/core';
import { createBackend } from '@label-smoothing/core/backend';
import {
  type BackendV1,
  type CreateBackend,
  type Family,
  type Level,
  type LossRequest,
  type LossResult,
  requestOf,
} from '@label-smoothing/core/conformance';
import { backendOf, type Plain, type Wide } from './plain-float32.js';

/** A backend that is wrong on purpose, and what must notice. */
export interface Mutant {
  readonly name: string;
  /** Where such a bug was seen; the sources are public. */
  readonly seen: string;
  /** Families that must catch it; others may. */
  readonly caughtBy: readonly Family[];
  readonly create: CreateBackend;
  /** The level that it fails; one that fails only 'precise' must pass 'standard'. Default 'standard'. */
  readonly level?: Level;
  /** Cases that show it, of every tier; tier core in float32 where nothing is written. */
  readonly filters?: readonly string[];
}

/** A mutant of the plain backend: one method overridden. */
export const inPlain = (kind: new () => Plain): CreateBackend => backendOf(kind);

/** The same in float64, for what only float64 cases are told apart by. */
export function inFloat64(kind: new () => Wide): CreateBackend {
  return behaving((reference) => ({ ...reference, computeLoss: async (request) => new kind().compute(request) }));
}

/** The reference, asked another question than the kit asked. */
export function asking(change: (request: LossRequest) => LossRequest): CreateBackend {
  return behaving((reference) => ({
    ...reference,
    computeLoss: async (request) => reference.computeLoss(change(request)),
  }));
}

/** The reference with options of its own. */
export function reading(
  change: (options: ResolvedOptions, request: LossRequest) => Partial<ResolvedOptions>,
): CreateBackend {
  return asking((request) => ({ ...request, options: { ...request.options, ...change(request.options, request) } }));
}

/** The reference, its answer changed afterwards. */
export function answering(change: (result: LossResult, request: LossRequest) => LossResult): CreateBackend {
  return behaving((reference) => ({
    ...reference,
    computeLoss: async (request) => change(await reference.computeLoss(request), request),
  }));
}

/** The reference behind a contract of its own. */
export function behaving(
  change: (reference: BackendV1, options: Readonly<Record<string, string>>) => BackendV1,
): CreateBackend {
  return (options) => change(createBackend(), options);
}

/** The same request with another target. */
export function withTarget(request: LossRequest, target: LossRequest['target']): LossRequest {
  const { dtype, logits, options } = request;
  return requestOf({ dtype, logits, target, options }, request.gradient);
}
