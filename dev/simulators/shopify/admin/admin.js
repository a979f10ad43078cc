/* The simulated Admin around the app: menu, title bar, save bar, toasts, and the answers to App Bridge's stand-in. */
import { confirmDialog, resourcePicker } from './dialogs.js';

const config = JSON.parse(document.getElementById('admin-config').textContent);
const byId = (id) => document.getElementById(id);
const frame = byId('app');
const side = byId('side');
const menu = byId('menu');

const tellApp = (message) => frame.contentWindow.postMessage({ simulatedAdmin: true, ...message }, config.appOrigin);
const withUser = (params) => new URLSearchParams({ shop: config.shop, user: config.user.id, ...params });

async function fetchJson(address, params) {
  const response = await fetch(`${address}?${withUser(params)}`);
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  return response.json();
}

function button({ key, label, variant, tone, disabled, loading }, press) {
  const element = document.createElement('button');
  element.type = 'button';
  element.className = `button ${variant === 'primary' ? 'primary' : ''} ${tone === 'critical' ? 'critical' : ''}`;
  element.textContent = label;
  element.disabled = disabled || loading;
  if (loading) element.setAttribute('aria-busy', 'true');
  element.addEventListener('click', press ?? (() => tellApp({ type: 'press', key })));
  return element;
}

// ---- menu ----
let items = [];
let appPath = '/';
let homeHref = '/';

function drawNav() {
  const listed = items.filter((item) => !item.home);
  homeHref = items.find((item) => item.home)?.href ?? '/';
  const pathname = appPath.split('?')[0];
  const current = listed
    .filter((item) => pathname === item.href || pathname.startsWith(`${item.href}/`))
    .sort((a, b) => b.href.length - a.href.length)[0];
  byId('nav').replaceChildren(
    ...listed.map((item) => {
      const anchor = document.createElement('a');
      anchor.href = `/store/${config.store}/apps/calibrate${item.href}${userQuery()}`;
      anchor.textContent = item.label;
      if (item === current) anchor.setAttribute('aria-current', 'page');
      anchor.addEventListener('click', (event) => follow(event, item.href));
      const row = document.createElement('li');
      row.append(anchor);
      return row;
    }),
  );
}

function follow(event, href) {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  if (shakeSaveBar()) return;
  openMenu(false);
  tellApp({ type: 'navigate', href });
}
byId('app-home').addEventListener('click', (event) => follow(event, homeHref));

function openMenu(open) {
  side.classList.toggle('open', open);
  menu.setAttribute('aria-expanded', String(open));
}
menu.addEventListener('click', () => openMenu(!side.classList.contains('open')));
addEventListener('keydown', (event) => {
  if (event.key === 'Escape') openMenu(false);
});

// ---- address ----
const userQuery = () => (config.user.id === config.defaultUserId ? '' : `?user=${config.user.id}`);
const OURS = ['embedded', 'hmac', 'host', 'id_token', 'locale', 'session', 'shop', 'timestamp', 'shopify-reload'];

function showPath(path) {
  const url = new URL(path, config.appOrigin);
  for (const name of OURS) url.searchParams.delete(name);
  appPath = url.pathname;
  if (config.user.id !== config.defaultUserId) url.searchParams.set('user', config.user.id);
  history.replaceState(null, '', `/store/${config.store}/apps/calibrate${url.pathname === '/' ? '' : url.pathname}${url.search}`);
  drawNav();
}

/** Where an app may send the person: its own pages, other pages of the Admin (which are not simulated), or the web. */
function redirect(url) {
  const inAdmin = /^(?:shopify:\/*admin|https:\/\/admin\.shopify\.com\/store\/[^/]+)(\/.*)?$/.exec(url);
  if (!inAdmin) {
    if (/^https?:/.test(url)) location.assign(url);
    return;
  }
  const path = inAdmin[1] ?? '/';
  if (path.startsWith('/apps/calibrate')) location.assign(`/store/${config.store}${path}`);
  else toast({ id: `redirect-${Date.now()}`, message: `Shopify Admin would now show ${path}. The simulated one has no such page.`, durationMs: 6000 });
}

// ---- title bar ----
function drawTitle({ title, buttons }) {
  byId('title-text').textContent = title || 'Calibrate';
  document.title = `${title ? `${title} · ` : ''}Calibrate · Simulated Admin`;
  const primaryLast = [...buttons].sort((a, b) => Number(a.variant === 'primary') - Number(b.variant === 'primary'));
  byId('title-actions').replaceChildren(...primaryLast.map((one) => button(one)));
}

// ---- save bar ----
const saveBar = byId('save');
let discard;

function drawSaveBar(bar) {
  saveBar.hidden = !bar;
  discard = undefined;
  if (!bar) return saveBar.replaceChildren();
  const text = document.createElement('p');
  text.textContent = 'Unsaved changes';
  const drawn = bar.buttons.map((one) => {
    const primary = one.variant === 'primary';
    const press = () => tellApp({ type: 'press', key: one.key });
    if (!primary) discard = press;
    const pressChecked = bar.confirmDiscard && !primary ? async () => (await confirmDiscard()) && press() : press;
    return { primary, element: button({ ...one, label: one.label || (primary ? 'Save' : 'Discard') }, pressChecked) };
  });
  drawn.sort((a, b) => Number(a.primary) - Number(b.primary));
  saveBar.replaceChildren(text, ...drawn.map((one) => one.element));
}

const confirmDiscard = () => confirmDialog({ title: 'Discard all unsaved changes', text: 'If you discard changes, you’ll delete any edits you made since you last saved.', yes: 'Discard changes', no: 'Continue editing' });

/** Shopify's Admin does not let its menu lead away from unsaved changes: it shakes the bar instead. */
function shakeSaveBar() {
  if (saveBar.hidden) return false;
  saveBar.classList.remove('shake');
  void saveBar.offsetWidth;
  saveBar.classList.add('shake');
  saveBar.querySelector('button')?.focus();
  return true;
}

async function mayLeave() {
  if (saveBar.hidden) return true;
  if (!(await confirmDiscard())) return false;
  discard?.();
  return true;
}

// ---- toasts ----
function toast({ id, message, isError, action, durationMs }) {
  const element = document.createElement('div');
  element.className = `toast${isError ? ' error' : ''}`;
  element.dataset.id = id;
  if (isError) element.setAttribute('role', 'alert');
  const text = document.createElement('span');
  text.textContent = message;
  element.append(text);
  if (action) element.append(toastButton(action, () => tellApp({ type: 'toast', id, event: 'action' })));
  const close = toastButton('×', () => dismiss(element));
  close.setAttribute('aria-label', 'Dismiss');
  element.append(close);
  byId('toasts').append(element);
  setTimeout(() => dismiss(element), durationMs);
}

function toastButton(label, press) {
  const element = document.createElement('button');
  element.type = 'button';
  element.textContent = label;
  element.addEventListener('click', press);
  return element;
}

function dismiss(element) {
  if (!element?.isConnected) return;
  element.remove();
  tellApp({ type: 'toast', id: element.dataset.id, event: 'dismiss' });
}

// ---- answers to the app ----
const ANSWERS = {
  'id-token': async () => (await fetchJson('/_admin/id-token')).token,
  user: () => ({ accountAccess: config.user.accountOwner ? 'full-access' : 'limited-access', accountOwner: config.user.accountOwner, firstName: config.user.firstName, lastName: config.user.lastName }),
  nav: (payload) => {
    items = payload.items;
    drawNav();
  },
  path: ({ path }) => showPath(path),
  title: drawTitle,
  'save-bar': drawSaveBar,
  'may-leave': mayLeave,
  toast,
  'toast-hide': ({ id }) => dismiss([...byId('toasts').children].find((element) => element.dataset.id === id)),
  loading: ({ on }) => void (byId('progress').hidden = !on),
  redirect: ({ url }) => redirect(url),
  'resource-picker': (options) => resourcePicker(options, async (query) => (await fetchJson('/_admin/products', { query })).products),
};

addEventListener('message', async ({ source, origin, data }) => {
  if (source !== frame.contentWindow || origin !== config.appOrigin || !data?.simulatedAdmin) return;
  try {
    const answer = ANSWERS[data.type];
    if (!answer) throw new Error(`the simulated Admin does not know "${data.type}"`);
    tellApp({ reply: data.id, result: await answer(data.payload) });
  } catch (error) {
    tellApp({ reply: data.id, error: error instanceof Error ? error.message : String(error) });
  }
});

// ---- who and where ----
byId('staff').addEventListener('change', ({ target }) => {
  const url = new URL(location.href);
  url.searchParams.set('user', target.value);
  location.assign(url);
});
byId('store').addEventListener('change', ({ target }) => location.assign(`/store/${target.value}/apps/calibrate`));

// Only now, when the answers are in place: the app's first question would otherwise be lost.
frame.src = config.frameUrl;
