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
  other: ['M5 8.5 12 4.5l7 4v7l-7 4-7-4z', 'M5 8.5l7 4 7-4', 'M12 12.5v7'],
  power: ['M12 3.5v8', 'M7 6.8a7.5 7.5 0 1 0 10 0'],
  shield: ['M12 3.5l7 2.5v5.5c0 4.5-3 7.6-7 9-4-1.4-7-4.5-7-9V6z'],
  opening: ['M4.5 4.5h15', 'M6 4.5v15', 'M18 4.5v15', 'M6 9h12', 'M6 13.5h12'],
  media: ['M3.5 6h17v10.5h-17z', 'M9 20h6', 'M10.5 9v4.5l4-2.2z'],
  network: ['M4 9.5a12 12 0 0 1 16 0', 'M7 13a7.5 7.5 0 0 1 10 0', 'M12 17.5h.01'],
  scene: ['M12 3.5l2.2 5.6 5.8.4-4.5 3.8 1.5 5.7-5-3.2-5 3.2 1.5-5.7L4 9.5l5.8-.4z'],
  fan: ['M12 12c-1-4 0-7.5 3-8s4 4-3 8z', 'M12 12c4-1 7.5 0 8 3s-4 4-8-3z', 'M12 12c1 4 0 7.5-3 8s-4-4 3-8z', 'M12 12c-4 1-7.5 0-8-3s4-4 8 3z'],
  battery: ['M4 8h14v8H4z', 'M18 10.5h2.5v3H18', 'M7 10.5v3', 'M10.5 10.5v3'],
  cycle: ['M19 12a7 7 0 1 1-2.2-5.1', 'M19.5 3.5v4h-4'],
  bell: ['M6.5 16.5V11a5.5 5.5 0 0 1 11 0v5.5l1.5 1.5H5z', 'M10 20.5h4'],
  warning: ['M12 4.5 21 19.5H3z', 'M12 10.5v4', 'M12 17h.01'],
  done: ['M5 12.5l4.5 4.5L19 7'],
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
