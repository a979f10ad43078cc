export { apiDocs as loader } from '../http/api-docs.ts';
