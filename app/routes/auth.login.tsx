import { OpenFromAdmin } from '../ui/shell/open-from-admin.tsx';

export { loginPage as loader } from '../http/shopify-pages.ts';
export default OpenFromAdmin;
