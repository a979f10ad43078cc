export { metrics as loader } from '../http/operations-routes.ts';
