export { readyz as loader } from '../http/operations-routes.ts';
