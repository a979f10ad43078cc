/**
 * `node --import ./dev/preload/shopify-simulator.mjs …` with SHOPIFY_SIM_ORIGIN: the process talks to the Shopify simulator
 * while the app in it believes that it talks to Shopify. For developing and trying only; production never loads this file.
 *
 * 1. Requests to https://*.myshopify.com go to the simulator; `x-sim-host` says which shop was meant.
 * 2. The simulator's Admin page may frame the app: its origin joins the frame-ancestors of every answer.
 *
 * The address of App Bridge is ordinary configuration (APP_BRIDGE_URL) and is read by the app and by Shopify's SDK.
 * Plain JavaScript, so that it loads without any other hook being there first.
 */
import { ServerResponse } from 'node:http';
import { Agent, setGlobalDispatcher } from 'undici';

const simulator = simulatorOrigin(process.env.SHOPIFY_SIM_ORIGIN);

/** @param {string | undefined} value */
function simulatorOrigin(value) {
  if (!value || !URL.canParse(value)) throw new Error('SHOPIFY_SIM_ORIGIN must be the address of the Shopify simulator, e.g. http://127.0.0.1:4000');
  const url = new URL(value);
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)) throw new Error(`SHOPIFY_SIM_ORIGIN must be on this machine, not ${url.hostname}`);
  return url.origin;
}

// Node's own fetch looks the dispatcher up under the same global symbol as the undici package, so this reaches both.
setGlobalDispatcher(
  new Agent().compose((dispatch) => (options, handler) => {
    const { hostname } = new URL(String(options.origin));
    if (!hostname.endsWith('.myshopify.com')) return dispatch(options, handler);
    return dispatch({ ...options, origin: simulator, headers: withHeader(options.headers, 'x-sim-host', hostname) }, handler);
  }),
);

/**
 * undici takes headers as a flat list, an object or an iterable of pairs.
 * @param {any} headers @param {string} name @param {string} value
 */
function withHeader(headers, name, value) {
  if (!headers) return { [name]: value };
  if (Array.isArray(headers)) return [...headers, name, value];
  if (typeof headers[Symbol.iterator] === 'function') return { ...Object.fromEntries(headers), [name]: value };
  return { ...headers, [name]: value };
}

/** @param {number | string | readonly string[]} value */
const allowSimulator = (value) => {
  const one = (/** @type {unknown} */ policy) => String(policy).replace(/frame-ancestors(?! 'none') /, `frame-ancestors ${simulator} `);
  return Array.isArray(value) ? value.map(one) : one(value);
};

for (const method of /** @type {const} */ (['setHeader', 'appendHeader'])) {
  const original = ServerResponse.prototype[method];
  ServerResponse.prototype[method] = /** @type {any} */ (
    /** @this {ServerResponse} @param {string} name @param {any} value */
    function (name, value) {
      return original.call(this, name, String(name).toLowerCase() === 'content-security-policy' ? allowSimulator(value) : value);
    }
  );
}
