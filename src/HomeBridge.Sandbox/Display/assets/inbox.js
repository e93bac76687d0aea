// The residents' inbox: asks for what came, and shows it by home.

import { byId, el, icon } from './dom.js';

const every = 2000;
const icons = {
  linked: 'plus', unlinked: 'close', first_view: 'camera', suspended: 'warning', restored: 'done', sign_in_needed: 'locked', app_session_ended: 'shield',
};
const time = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' });
let shown;

const letter = (notice) => el('li', { class: 'letter', 'data-testid': 'letter', 'data-kind': notice.kind },
  el('span', { class: 'mark' }, icon(icons[notice.kind] ?? 'bell')),
  el('div', {},
    el('h3', { lang: notice.language }, notice.subject),
    el('time', { datetime: notice.at }, time.format(new Date(notice.at))),
    el('p', { lang: notice.language }, notice.text),
    el('a', { href: notice.url }, 'Account page')));

function show(notices) {
  const homes = Map.groupBy(notices, (notice) => notice.home);
  byId('inboxes').replaceChildren(...(homes.size === 0
    ? [el('p', { class: 'empty' }, 'Nothing yet. Link a home on the display, and its residents hear of it here.')]
    : [...homes].map(([home, its]) => el('section', { 'aria-label': `Home ${home}` },
      el('h2', {}, `Home ${home}`), el('ul', { class: 'letters' }, ...its.map(letter))))));
}

async function look() {
  const notice = byId('notice');
  try {
    const answer = await fetch('/inbox.json');
    if (!answer.ok) {
      throw new Error(`status ${answer.status}`);
    }
    const text = await answer.text();
    if (text !== shown) {
      show(JSON.parse(text).notices);
      shown = text;
    }
    notice.hidden = true;
  } catch {
    notice.textContent = 'The sandbox does not answer right now.';
    notice.hidden = false;
  }
  setTimeout(look, every);
}

look();
