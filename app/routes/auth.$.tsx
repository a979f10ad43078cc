export { sdkPage as loader } from '../http/shopify-pages.ts';
