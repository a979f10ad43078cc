/*
 * A stand-in for Shopify's App Bridge, for use inside the simulated Admin only. Written from App Bridge's public
 * documentation and types; it talks to admin.js in the parent page by postMessage. It is a classic script that runs
 * before the page hydrates, so it must not add anything to the document that React would then not expect.
 */
(() => {
  if (window.shopify) return;

  const script = document.currentScript;
  const ADMIN = new URL(script.src).origin;
  const query = new URLSearchParams(location.search);

  // After a navigation inside the frame the query is gone, and App Bridge still knows the shop.
  const KEPT = 'simulated-app-bridge';
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? '{}');
  const config = {
    apiKey: script.dataset.apiKey ?? kept.apiKey,
    shop: query.get('shop') ?? kept.shop,
    host: query.get('host') ?? kept.host,
    locale: query.get('locale') ?? kept.locale ?? 'en',
    appOrigins: [],
    disabledFeatures: [],
    experimentalFeatures: [],
  };
  sessionStorage.setItem(KEPT, JSON.stringify({ apiKey: config.apiKey, shop: config.shop, host: config.host, locale: config.locale }));

  // ---- talking to the Admin page ----
  let lastId = 0;
  const waiting = new Map();
  const ask = (type, payload = {}) =>
    new Promise((resolve, reject) => {
      const id = ++lastId;
      waiting.set(id, { resolve, reject });
      parent.postMessage({ simulatedAdmin: true, id, type, payload }, ADMIN);
    });
  const tell = (type, payload) => void ask(type, payload).catch((error) => console.error(`App Bridge (simulated): ${type} failed`, error));

  addEventListener('message', ({ origin, source, data }) => {
    if (origin !== ADMIN || source !== parent || !data?.simulatedAdmin) return;
    if (data.reply) {
      const call = waiting.get(data.reply);
      waiting.delete(data.reply);
      if (data.error) call?.reject(new Error(data.error));
      else call?.resolve(data.result);
    } else if (data.type === 'navigate') navigate(data.href);
    else if (data.type === 'press') pressable.get(data.key)?.click();
    else if (data.type === 'toast') toastEvent(data);
  });

  /** App Bridge tells the app's router by an event on an element that carries the address. */
  function navigate(href) {
    const anchor = document.createElement('a');
    anchor.setAttribute('href', href);
    anchor.hidden = true;
    document.body.append(anchor);
    anchor.dispatchEvent(new Event('shopify:navigate', { bubbles: true }));
    anchor.remove();
  }

  // ---- the app's address, shown in the Admin's ----
  const reportPath = () => tell('path', { path: location.pathname + location.search });
  for (const method of ['pushState', 'replaceState']) {
    const original = history[method].bind(history);
    history[method] = (...args) => {
      original(...args);
      reportPath();
    };
  }
  addEventListener('popstate', reportPath);
  reportPath();

  // ---- session tokens ----
  let tokenUnderWay;
  /** A fresh token each time; calls made at once share one. */
  const idToken = () => (tokenUnderWay ??= ask('id-token').finally(() => (tokenUnderWay = undefined)));

  const nativeFetch = window.fetch.bind(window);
  window.fetch = async (input, init) => {
    const request = new Request(input, init);
    if (new URL(request.url).origin !== location.origin || request.headers.has('Authorization')) return nativeFetch(request);
    const again = request.body ? request.clone() : request;
    const send = async (one) => {
      const headers = new Headers(one.headers);
      headers.set('Authorization', `Bearer ${await idToken()}`);
      return nativeFetch(new Request(one, { headers }));
    };
    let response = await send(request);
    if (response.status === 401 && response.headers.has('X-Shopify-Retry-Invalid-Session-Request')) response = await send(again);
    const leaveFor = response.headers.get('X-Shopify-API-Request-Failure-Reauthorize-Url');
    if (leaveFor) tell('redirect', { url: new URL(leaveFor, location.href).href });
    return response;
  };

  // The SDK's bounce page: fetch a token and come back with it.
  const reload = query.get('shopify-reload');
  if (reload && new URL(reload, location.href).origin === location.origin) {
    idToken().then((token) => {
      const target = new URL(reload, location.href);
      target.searchParams.set('id_token', token);
      location.replace(target);
    });
  }

  // ---- leaving the frame ----
  const leaves = (url, target) => /^shopify:/i.test(url) || ((target === '_top' || target === '_parent') && url !== '');
  const nativeOpen = window.open.bind(window);
  window.open = (url, target, features) => {
    if (!leaves(String(url ?? ''), target)) return nativeOpen(url, target, features);
    tell('redirect', { url: /^shopify:/i.test(url) ? String(url) : new URL(url, location.href).href });
    return null;
  };
  addEventListener(
    'click',
    (event) => {
      const anchor = event.target instanceof Element ? event.target.closest('a[href]') : null;
      if (!anchor || !leaves(anchor.getAttribute('href'), anchor.target)) return;
      event.preventDefault();
      tell('redirect', { url: /^shopify:/i.test(anchor.getAttribute('href')) ? anchor.getAttribute('href') : anchor.href });
    },
    true,
  );

  // ---- toasts ----
  const toasts = new Map();
  function toastEvent({ id, event }) {
    const options = toasts.get(id);
    if (event === 'action') options?.onAction?.();
    else {
      toasts.delete(id);
      options?.onDismiss?.();
    }
  }

  // ---- elements ----
  /** Buttons the Admin shows on the app's behalf, by the key it presses them with. */
  const pressable = new Map();
  const keys = new WeakMap();
  const keyOf = (element) => {
    if (!keys.has(element)) keys.set(element, `b${++lastId}`);
    pressable.set(keys.get(element), element);
    return keys.get(element);
  };
  const flag = (element, name) => element.hasAttribute(name) && element.getAttribute(name) !== 'false';
  const mirror = (element) => ({
    key: keyOf(element),
    label: element.textContent.trim(),
    variant: element.getAttribute('variant') ?? '',
    tone: element.getAttribute('tone') ?? '',
    disabled: flag(element, 'disabled'),
    loading: flag(element, 'loading'),
  });
  const buttonsOf = (host) => [...host.querySelectorAll(':scope > button, :scope > a, :scope > section > button, :scope > section > a')].map(mirror);

  /** An element that shows nothing itself and reports its content to the Admin whenever it changes. */
  class Reporting extends HTMLElement {
    connectedCallback() {
      this.observer = new MutationObserver(() => this.report());
      this.observer.observe(this, { childList: true, subtree: true, attributes: true, characterData: true });
      this.report();
    }
    disconnectedCallback() {
      this.observer?.disconnect();
    }
    report() {}
  }

  class NavMenu extends Reporting {
    report() {
      tell('nav', {
        items: [...this.querySelectorAll('a')].map((anchor) => ({
          label: anchor.textContent.trim(),
          href: anchor.getAttribute('href'),
          home: anchor.getAttribute('rel') === 'home',
        })),
      });
    }
  }

  class TitleBar extends Reporting {
    connectedCallback() {
      if (!this.closest('ui-modal')) super.connectedCallback();
    }
    disconnectedCallback() {
      super.disconnectedCallback();
      if (this.observer && !document.querySelector('ui-title-bar:not(ui-modal *)')) tell('title', { title: '', buttons: [] });
    }
    report() {
      tell('title', { title: this.getAttribute('title') ?? '', buttons: buttonsOf(this) });
    }
  }

  class SaveBar extends Reporting {
    showing = false;
    report() {
      if (this.showing) tell('save-bar', { buttons: buttonsOf(this), confirmDiscard: flag(this, 'discardConfirmation') });
    }
    disconnectedCallback() {
      super.disconnectedCallback();
      void this.hide();
    }
    async show() {
      if (this.showing) return;
      this.showing = true;
      this.report();
      this.dispatchEvent(new Event('show'));
    }
    async hide() {
      if (!this.showing) return;
      this.showing = false;
      tell('save-bar', null);
      this.dispatchEvent(new Event('hide'));
    }
    toggle() {
      return this.showing ? this.hide() : this.show();
    }
  }

  /** The real one is drawn by the Admin around the frame; this one is a dialog over the app's own page. */
  class Modal extends HTMLElement {
    content = document.createElement('div');
    showing = false;
    async show() {
      if (this.showing) return;
      this.showing = true;
      this.dialog = document.createElement('dialog');
      this.dialog.className = 'simulated-modal';
      this.dialog.dataset.variant = this.getAttribute('variant') ?? 'base';
      const header = document.createElement('header');
      const footer = document.createElement('footer');
      this.dialog.append(header, this.content, footer);
      this.content.className = 'simulated-modal-content';
      const draw = () => this.drawFrame(header, footer);
      draw();
      this.watcher = new MutationObserver(draw);
      this.watcher.observe(this, { childList: true, subtree: true, attributes: true, characterData: true });
      this.dialog.addEventListener('cancel', (event) => {
        event.preventDefault();
        void this.hide();
      });
      document.body.append(this.dialog);
      this.dialog.showModal();
      this.dispatchEvent(new Event('show'));
    }
    drawFrame(header, footer) {
      const bar = this.querySelector('ui-title-bar');
      const title = Object.assign(document.createElement('h2'), { textContent: bar?.getAttribute('title') ?? '' });
      const close = Object.assign(document.createElement('button'), { type: 'button', textContent: '×', ariaLabel: 'Close', onclick: () => void this.hide() });
      this.dialog.setAttribute('aria-label', title.textContent);
      header.replaceChildren(title, close);
      const buttons = [...(bar?.querySelectorAll('button') ?? [])].reverse();
      footer.hidden = buttons.length === 0;
      footer.replaceChildren(
        ...buttons.map((button) => {
          const copy = Object.assign(document.createElement('button'), { type: 'button', textContent: button.textContent, onclick: () => button.click() });
          copy.disabled = flag(button, 'disabled') || flag(button, 'loading');
          copy.dataset.kind = button.getAttribute('tone') === 'critical' ? 'critical' : (button.getAttribute('variant') ?? '');
          return copy;
        }),
      );
    }
    async hide() {
      if (!this.showing) return;
      this.showing = false;
      this.watcher.disconnect();
      this.dialog.close();
      this.dialog.remove();
      this.dispatchEvent(new Event('hide'));
    }
    toggle() {
      return this.showing ? this.hide() : this.show();
    }
    disconnectedCallback() {
      void this.hide();
    }
  }

  // Sheets that are adopted leave no element in the document: an extra one in <head> would break React's hydration.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    ui-nav-menu, s-app-nav, ui-title-bar, ui-save-bar, ui-modal { display: none }
    .simulated-modal { border: 0; border-radius: 14px; padding: 0; width: min(620px, calc(100vw - 24px)); max-height: calc(100vh - 48px); box-shadow: 0 20px 40px #0005; font: 13px/1.45 Inter, system-ui, sans-serif; color: #303030 }
    .simulated-modal[open] { display: flex; flex-direction: column }
    .simulated-modal[data-variant=small] { width: min(380px, calc(100vw - 24px)) }
    .simulated-modal[data-variant=large] { width: min(980px, calc(100vw - 24px)) }
    .simulated-modal[data-variant=max] { width: calc(100vw - 24px); height: calc(100vh - 24px) }
    .simulated-modal::backdrop { background: #0008 }
    .simulated-modal header { display: flex; align-items: center; justify-content: space-between; padding: 10px 16px; background: #f3f3f3 }
    .simulated-modal h2 { margin: 0; font: inherit; font-size: 14px; font-weight: 650 }
    .simulated-modal header button { border: 0; background: none; font-size: 20px; line-height: 1; padding: 4px 8px; border-radius: 8px; cursor: pointer }
    .simulated-modal-content { overflow: auto; min-height: 0; flex: 1 }
    .simulated-modal footer { display: flex; justify-content: flex-end; gap: 8px; padding: 12px 16px; border-top: 1px solid #e3e3e3 }
    .simulated-modal footer[hidden] { display: none }
    .simulated-modal footer button { padding: 5px 12px; border-radius: 8px; border: 1px solid #c9c9c9; background: #fff; cursor: pointer; font: inherit; font-weight: 550 }
    .simulated-modal footer button[data-kind=primary] { background: #303030; border-color: #303030; color: #fff }
    .simulated-modal footer button[data-kind=critical] { background: #c70a24; border-color: #c70a24; color: #fff }
    .simulated-modal footer button:disabled { background: #ececec; border-color: #ececec; color: #6a6a6a }
  `);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

  // ---- the global ----
  const byId = (id) => {
    const element = document.getElementById(id);
    if (!element) throw new Error(`App Bridge (simulated): there is no element with the id ${id}`);
    return element;
  };
  const visibility = { show: async (id) => byId(id).show(), hide: async (id) => byId(id).hide(), toggle: async (id) => byId(id).toggle() };

  window.shopify = {
    config,
    origin: ADMIN,
    ready: Promise.resolve(),
    environment: { mobile: false, embedded: window.top !== window, pos: false },
    idToken,
    user: () => ask('user'),
    loading: (on = true) => tell('loading', { on: on !== false }),
    toast: {
      show(message, options = {}) {
        const id = `toast-${++lastId}`;
        toasts.set(id, options);
        tell('toast', { id, message, isError: options.isError === true, action: options.action, durationMs: options.duration ?? 5000 });
        return id;
      },
      hide: (id) => tell('toast-hide', { id }),
    },
    modal: visibility,
    saveBar: {
      ...visibility,
      /** Resolves when the person may leave: nothing unsaved, or it is to be thrown away. Never resolves when they stay. */
      leaveConfirmation: async () => {
        if (!(await ask('may-leave'))) await new Promise(() => undefined);
      },
    },
    resourcePicker: async (options) => {
      const selection = await ask('resource-picker', options);
      return selection && Object.assign(selection, { selection });
    },
  };

  const define = (name, element) => customElements.get(name) ?? customElements.define(name, element);
  define('ui-nav-menu', NavMenu);
  define('s-app-nav', class extends NavMenu {});
  define('ui-title-bar', TitleBar);
  define('ui-save-bar', SaveBar);
  define('ui-modal', Modal);
})();
