export { WaitBudget } from '../../client/support/wait-budget.js';
