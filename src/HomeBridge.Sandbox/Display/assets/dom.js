// Elements and icons, built node by node: text from a home is never read as markup.

/** el('p', { class: 'state' }, 'On') */
export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) {
      node.addEventListener(key.slice(2), value);
    } else if (value === true) {
      node.setAttribute(key, '');
    } else if (value !== false && value !== undefined) {
      node.setAttribute(key, value);
    }
  }
  node.append(...children);
  return node;
}

const paths = {
  light: ['M9 18h6', 'M10 21.5h4', 'M12 2.5a6.5 6.5 0 0 0-4 11.6c.7.6 1 1.2 1 2v.4h6v-.4c0-.8.3-1.4 1-2a6.5 6.5 0 0 0-4-11.6z'],
  locked: ['M6.5 10.5h11a1.5 1.5 0 0 1 1.5 1.5v7.5a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 19.5V12a1.5 1.5 0 0 1 1.5-1.5z', 'M8 10.5V7a4 4 0 0 1 8 0v3.5', 'M12 14.5v2.5'],
  unlocked: ['M6.5 10.5h11a1.5 1.5 0 0 1 1.5 1.5v7.5a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 19.5V12a1.5 1.5 0 0 1 1.5-1.5z', 'M8 10.5V6.5a4 4 0 0 1 7.6-1.7', 'M12 14.5v2.5'],
  thermostat: ['M12 3a2.3 2.3 0 0 1 2.3 2.3v8.3a4.3 4.3 0 1 1-4.6 0V5.3A2.3 2.3 0 0 1 12 3z', 'M12 9v8'],
  sensor: ['M4 13a8 8 0 0 1 16 0', 'M7.5 13a4.5 4.5 0 0 1 9 0', 'M12 13v7'],
  camera: ['M4.5 6.5h10A1.5 1.5 0 0 1 16 8v8a1.5 1.5 0 0 1-1.5 1.5h-10A1.5 1.5 0 0 1 3 16V8a1.5 1.5 0 0 1 1.5-1.5z', 'M16 11l5-3v8l-5-3'],
  other: ['M12 4.5v15', 'M4.5 12h15'],
  close: ['M6 6l12 12', 'M18 6L6 18'],
  plus: ['M12 6v12', 'M6 12h12'],
  minus: ['M6 12h12'],
  play: ['M9 6.5v11l9-5.5z'],
  backspace: ['M9 6h11v12H9l-5-6z', 'M12 10l4 4', 'M16 10l-4 4'],
};

/** A line drawing, for the eye only: every icon stands beside words. */
export function icon(name) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.classList.add('icon');
  for (const d of paths[name]) {
    const path = document.createElementNS(space, 'path');
    path.setAttribute('d', d);
    svg.append(path);
  }
  return svg;
}

export const byId = (id) => document.getElementById(id);
