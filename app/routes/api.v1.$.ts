import { apiRoute } from '../http/api/api-route.ts';

// Every REST call: schemas/routes.ts lists them, http/api answers them.
export const loader = apiRoute;
export const action = apiRoute;
