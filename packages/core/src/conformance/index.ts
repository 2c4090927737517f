export { fromFloat16, toFloat16 } from '../float16.js';
export type { Excuse, KnownFailures } from './baseline.js';
export { type Arithmetic, type Budget, type BudgetTerm, budgetFor, budgets, type Level } from './budgets.js';
export type { CaseInfo, Family, Measured, Tier } from './case.js';
export { type CaseFilter, listCases } from './cases/index.js';
export type {
  Awaitable,
  BackendV1,
  CreateBackend,
  LossRequest,
  LossResult,
  Supports,
  TypedRequest,
} from './contract.js';
export { defineBackend } from './define-backend.js';
export { emitCases, verifyAnswers } from './exchange.js';
export { formatReport, type ReportFormat } from './report/format.js';
export { readReport } from './report/json.js';
export { compatibilityMatrix } from './report/matrix.js';
export type { FormatOptions } from './report/parts.js';
export type { CaseResult, Group, Report, ReportedBackend, Run, Status } from './report.js';
export { fromFloat64, type RequestInputs, requestOf, requirementsOf, targetOf, toFloat64 } from './request.js';
export { type RunOptions, runConformance } from './run.js';
export { type Scales, scalesOf } from './scale.js';
export { conformanceSuite, type SuiteOptions, type TestFunction } from './suite.js';
export { type ArrayOf, type Dtype, ulpError, ulpSize } from './ulp.js';
