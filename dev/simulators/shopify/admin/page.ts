import { STAFF, type StaffMember } from './staff.ts';

export interface AdminPage {
  readonly origin: string;
  readonly appUrl: string;
  readonly shop: string;
  readonly shopName: string;
  readonly shops: readonly string[];
  readonly member: StaffMember;
  /** Signed address of the app's page. */
  readonly frameUrl: string;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);

const option = (value: string, label: string, selected: boolean): string =>
  `<option value="${escape(value)}"${selected ? ' selected' : ''}>${escape(label)}</option>`;

const storeName = (shop: string): string => shop.replace(/\.myshopify\.com$/, '');

/** HTML of the page that frames the app; admin.js brings it to life and reads `admin-config`. */
export function adminPage(page: AdminPage): string {
  const config = JSON.stringify({
    appOrigin: new URL(page.appUrl).origin,
    frameUrl: page.frameUrl,
    shop: page.shop,
    store: storeName(page.shop),
    user: { id: page.member.id, firstName: page.member.firstName, lastName: page.member.lastName, accountOwner: page.member.accountOwner },
    defaultUserId: STAFF[0]?.id,
  }).replaceAll('<', '\\u003c');
  const staff = STAFF.map((one) => option(one.id, `${one.firstName} ${one.lastName}${one.accountOwner ? ' (owner)' : ''}`, one.id === page.member.id));
  const stores = page.shops.map((shop) => option(storeName(shop), shop, shop === page.shop));

  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Calibrate · ${escape(page.shopName)} · Simulated Admin</title>
<link rel="icon" href="${escape(page.appUrl)}/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/_admin/admin.css">
<script type="application/json" id="admin-config">${config}</script>
<script type="module" src="/_admin/admin.js"></script>
</head>
<body>
<a class="skip" href="#app">Skip to the app</a>
<header class="top">
  <button type="button" class="menu" id="menu" aria-expanded="false" aria-controls="side" aria-label="Menu"><span></span><span></span><span></span></button>
  <strong class="brand"><span class="dot" aria-hidden="true"></span>Simulated Admin</strong>
  <p class="notice">Not Shopify: a stand-in for trying Calibrate. No real store is connected.</p>
  <label class="pick"><span>Store</span><select id="store">${stores.join('')}</select></label>
  <label class="pick"><span>Signed in as</span><select id="staff">${staff.join('')}</select></label>
</header>
<section class="save" id="save" aria-label="Unsaved changes" hidden></section>
<div class="frame">
  <nav class="side" id="side" aria-label="Admin">
    <p class="heading">Apps</p>
    <a class="app-name" id="app-home" href="/store/${escape(storeName(page.shop))}/apps/calibrate"><img src="${escape(page.appUrl)}/favicon.svg" alt="" width="20" height="20">Calibrate</a>
    <ul id="nav"></ul>
    <p class="about"><b>${escape(page.shopName)}</b><br>${escape(page.shop)}</p>
  </nav>
  <main class="main">
    <div class="progress" id="progress" role="progressbar" aria-label="Loading" hidden></div>
    <div class="title" id="title"><img src="${escape(page.appUrl)}/favicon.svg" alt="" width="20" height="20"><h1 id="title-text">Calibrate</h1><div class="actions" id="title-actions"></div></div>
    <iframe id="app" title="Calibrate" allow="clipboard-write"></iframe>
  </main>
</div>
<div class="toasts" id="toasts" role="status" aria-live="polite"></div>
<dialog id="confirm" aria-labelledby="confirm-title"></dialog>
<dialog id="picker" aria-labelledby="picker-title"></dialog>
</body>
</html>
`;
}
