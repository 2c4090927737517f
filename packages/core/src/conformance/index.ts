export { type Arithmetic, type Budget, type BudgetTerm, budgetFor, budgets, type Level } from './budgets.js';
export { fromFloat16, toFloat16 } from './float16.js';
export { type Scales, scalesOf } from './scale.js';
export { type ArrayOf, type Dtype, ulpError, ulpSize } from './ulp.js';
