// The screen: welcome, or the homes that this browser linked.

import { beginLink, homes as linkedHomes, Problem, sync, unlink } from './api.js';
import { byId, el } from './dom.js';
import { Home, roomsOf } from './home.js';
import { linkProblem, friendly } from './words.js';

/** Ids of linked homes, in the order in which they were linked; and the one on the screen. */
let linked = [];
let open = null;

const main = byId('main');
const notice = byId('notice');

function tell(sentence) {
  notice.textContent = sentence ?? '';
  notice.hidden = !sentence;
}

function linkButton(text, kind) {
  return el('button', { class: `pill ${kind}`, type: 'button', 'data-testid': 'link-home', onclick: link }, text);
}

async function link(event) {
  const button = event.currentTarget;
  button.disabled = true;
  try {
    location.assign(await beginLink());
  } catch (problem) {
    button.disabled = false;
    tell(linkProblem(problem.code));
  }
}

function welcome() {
  byId('bar').hidden = true;
  main.replaceChildren(el(
    'section', { class: 'welcome' },
    el('img', { src: '/assets/icon.svg', alt: '', width: 72, height: 72 }),
    el('h1', {}, 'Your home, on this display'),
    el('p', {}, 'This page stands in for a smart display: link a home to see its devices, switch them and watch its cameras live.'),
    linkButton('Link a home', 'primary large'),
    el('p', { class: 'accounts' }, 'Sandbox accounts: ', ...accounts('maple', 'harbor', 'hill'), 'password ', el('code', {}, 'sandbox')),
    el('p', { class: 'accounts' }, 'Or see what happens when a maker mixes its cameras up: the ', el('a', { href: '/theatre' }, 'incident theatre'), '. What residents are told is in their ', el('a', { href: '/inbox' }, 'inbox'), '; the maker’s app is the ', el('a', { href: '/companion' }, 'companion'), '.')));
}

const accounts = (...names) => names.flatMap((name) => [el('code', {}, name), ', ']);

function tabs(opening) {
  byId('homes').replaceChildren(...linked.map((id, index) => el(
    'button',
    {
      class: 'tab', type: 'button', 'data-testid': 'home-tab', 'data-home': id, 'aria-current': opening === id ? 'page' : false,
      onclick: () => show(id),
    },
    el('span', {}, `Home ${index + 1}`), el('small', {}))));
  byId('links').replaceChildren(
    el('button', { class: 'pill quiet', type: 'button', 'data-testid': 'unlink', onclick: askUnlink }, 'Unlink'),
    linkButton('Link a home', 'quiet'));
  linked.filter((id) => id !== opening).forEach(describe);
}

/** Which home is which: by its rooms. The platform's protocol has no other name for it. */
async function describe(id) {
  try {
    name(id, [...roomsOf(await sync(id)).keys()]);
  } catch {
    name(id, ['not known right now']);
  }
}

function name(id, rooms) {
  const label = byId('homes').querySelector(`[data-home="${CSS.escape(id)}"] small`);
  if (label) {
    label.textContent = rooms.slice(0, 3).join(', ');
  }
}

function show(id) {
  open?.leave();
  open = new Home(id, ended, name);
  byId('bar').hidden = false;
  for (const tab of byId('homes').children) {
    tab.toggleAttribute('aria-current', false);
    if (tab.dataset.home === id) {
      tab.setAttribute('aria-current', 'page');
    }
  }
  main.replaceChildren(open.root);
  open.open();
}

function drop(id) {
  linked = linked.filter((one) => one !== id);
  if (open?.id === id) {
    open.leave();
    open = null;
  }
  start(linked.at(-1));
}

function ended(id) {
  tell(`Home ${linked.indexOf(id) + 1}: ${friendly('notLinked').toLowerCase()}. Link it again if you want it here.`);
  drop(id);
}

function start(id) {
  if (!id) {
    welcome();
    return;
  }
  tabs(id);
  show(id);
}

function askUnlink() {
  byId('unlink-title').textContent = `Unlink home ${linked.indexOf(open.id) + 1}?`;
  byId('unlink').showModal();
}

byId('unlink-keep').addEventListener('click', () => byId('unlink').close());
byId('unlink-confirm').addEventListener('click', async (event) => {
  const button = event.currentTarget;
  const id = open.id;
  button.disabled = true;
  try {
    await unlink(id);
    tell();
    drop(id);
  } catch (problem) {
    if (problem instanceof Problem && problem.code === 'notLinked') {
      drop(id);
    } else {
      tell('The bridge does not answer. The home is still linked: try again.');
    }
  }
  button.disabled = false;
  byId('unlink').close();
});

function tick() {
  const now = new Date();
  byId('clock').textContent = now.toLocaleTimeString([], { hour: 'numeric', minute: '2-digit' });
  byId('date').textContent = now.toLocaleDateString([], { weekday: 'long', month: 'long', day: 'numeric' });
  setTimeout(tick, 60_000 - (now % 60_000) + 50);
}

tick();
const came = new URLSearchParams(location.search);
history.replaceState(null, '', '/');
if (came.has('problem')) {
  tell(linkProblem(came.get('problem')));
}
try {
  linked = await linkedHomes();
  start(linked.includes(came.get('linked')) ? came.get('linked') : linked.at(-1));
} catch {
  tell(linkProblem('unreachable'));
  welcome();
}
