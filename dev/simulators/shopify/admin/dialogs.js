/* The two dialogs of the simulated Admin: a question, and the resource picker. */

function part(tag, props = {}, ...children) {
  const element = Object.assign(document.createElement(tag), props);
  element.append(...children);
  return element;
}

/** Opens a dialog and resolves with what `build` was told, or undefined where it was closed without an answer. */
function open(id, build) {
  const dialog = document.getElementById(id);
  return new Promise((resolve) => {
    let answer;
    dialog.replaceChildren(...build((value) => {
      answer = value;
      dialog.close();
    }));
    dialog.addEventListener('close', () => resolve(answer), { once: true });
    dialog.showModal();
  });
}

const footButton = (label, kind, onclick) => part('button', { type: 'button', className: `button ${kind}`, textContent: label, onclick });

/** Resolves true for yes; false for no, Escape and everything else. */
export async function confirmDialog({ title, text, yes, no }) {
  return (
    (await open('confirm', (done) => [
      part('h2', { id: 'confirm-title', textContent: title }),
      part('div', { className: 'body' }, part('p', { textContent: text })),
      part('div', { className: 'foot' }, footButton(no, '', () => done(false)), footButton(yes, 'critical', () => done(true))),
    ])) === true
  );
}

/**
 * Lets the person choose products or variants.
 * @param options App Bridge's options: type, action, multiple, query, filter.query, filter.variants, selectionIds
 * @param search resolves with the products whose title holds the text
 */
export async function resourcePicker(options, search) {
  const { type = 'product', action = 'add', multiple = false, selectionIds = [] } = options ?? {};
  if (type !== 'product' && type !== 'variant') throw new Error(`the simulated resource picker has no "${type}"`);
  const limit = typeof multiple === 'number' ? multiple : multiple ? Infinity : 1;
  const chosen = new Map(selectionIds.map(({ id }) => [id, { id }]));
  const known = new Map();

  return open('picker', (done) => {
    const rows = part('ul', { className: 'rows' });
    const count = part('output', { textContent: '' });
    const accept = footButton(action === 'select' ? 'Select' : 'Add', 'primary', () => done([...chosen.keys()].map((id) => known.get(id) ?? { id })));
    const update = () => {
      count.textContent = `${chosen.size} selected`;
      accept.disabled = chosen.size === 0;
      for (const box of rows.querySelectorAll('input')) box.disabled = limit !== 1 && !box.checked && chosen.size >= limit;
    };
    const row = (item, label, detail, className) => {
      known.set(item.id, item);
      const box = part('input', { type: limit === 1 ? 'radio' : 'checkbox', name: 'resource', checked: chosen.has(item.id) });
      box.addEventListener('change', () => {
        if (limit === 1) chosen.clear();
        if (box.checked) chosen.set(item.id, item);
        else chosen.delete(item.id);
        update();
      });
      return part('li', {}, part('label', { className }, box, part('span', { textContent: label }), part('small', { textContent: detail })));
    };

    let asked = 0;
    const load = async (query) => {
      const mine = ++asked;
      const products = await search(query);
      if (mine !== asked) return;
      rows.replaceChildren(
        ...products.flatMap((product) =>
          type === 'product'
            ? [row(product, product.title, `${product.totalVariants} ${product.totalVariants === 1 ? 'variant' : 'variants'}`, '')]
            : product.variants.map((variant) =>
                row({ ...variant, displayName: `${product.title} - ${variant.title}`, product: { id: product.id } }, `${product.title} · ${variant.title}`, `${variant.sku} ${variant.price}`, ''),
              ),
        ),
      );
      update();
    };
    const field = part('input', { type: 'search', className: 'search', placeholder: 'Search products', value: options?.query ?? '', ariaLabel: 'Search products' });
    field.addEventListener('input', () => void load(field.value));
    void load(field.value);

    return [
      part('h2', { id: 'picker-title', textContent: `${action === 'select' ? 'Select' : 'Add'} ${type}s` }),
      part('div', { className: 'body' }, field, rows),
      part('div', { className: 'foot' }, count, footButton('Cancel', '', () => done(undefined)), accept),
    ];
  });
}
