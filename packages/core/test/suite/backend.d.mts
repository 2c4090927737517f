import type { CreateBackend, KnownFailures } from '@label-smoothing/core/conformance';

export declare const createBackend: CreateBackend;
export declare const selection: { readonly filter: string };
export declare const knownFailures: KnownFailures;
