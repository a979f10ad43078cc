export { cronAction as action, postOnly as loader } from '../http/operations-routes.ts';
