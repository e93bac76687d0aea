// The maker's app: asks the account API for what it shows, and asks again after each button.

import { call, leave, Refused, signIn } from './companion-api.js';
import { camerasOf, linksOf, liveOf, noticesOf, sessionsOf, viewsOf } from './companion-parts.js';
import { byId, el } from './dom.js';

const every = 5_000;
const saidFor = 6_000;
const problems = {
  denied: 'You did not let the app in.',
  exchange: 'The bridge did not complete the sign-in. Try again.',
  issuer: 'The answer came from somewhere else. Nobody was signed in.',
  refused: 'The bridge refused the sign-in.',
  state: 'That sign-in was not begun in this browser, or took too long. Try again.',
};

const shown = new Map();
const open = new Set();
let isIn = false;
let camera = '';
let older = [];
let timer;
let quiet;
let troubled;

/** A part is drawn anew only when it says something else; what was open stays open, and who was on a button stays there. */
function draw(id, parts, what) {
  const text = JSON.stringify(what);
  if (shown.get(id) === text) {
    return;
  }
  shown.set(id, text);
  const place = byId(id);
  const key = place.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  place.replaceChildren(...parts);
  for (const details of place.querySelectorAll('details[data-open]')) {
    details.open = open.has(details.dataset.open);
    details.addEventListener('toggle', () => details.open ? open.add(details.dataset.open) : open.delete(details.dataset.open));
  }
  if (key !== undefined) {
    [...place.querySelectorAll('[data-key]')].find((one) => one.dataset.key === key)?.focus();
  }
}

function say(text) {
  const said = byId('said');
  said.textContent = text;
  said.hidden = false;
  clearTimeout(quiet);
  quiet = setTimeout(() => { said.hidden = true; }, saidFor);
}

/** What went wrong stays until the same goes well: a look, or a press. */
function trouble(by, text) {
  if (text || by === troubled) {
    byId('notice').textContent = text ?? '';
    byId('notice').hidden = !text;
    troubled = by;
  }
}

function show(part) {
  for (const id of ['welcome', 'wait', 'columns']) {
    byId(id).hidden = id !== part;
  }
  byId('sign-out').hidden = part !== 'columns';
}

/** What a button does, and what it says then. */
async function act(text, method, path, body) {
  try {
    const answer = await call(method, path, body);
    trouble('press');
    say(typeof text === 'function' ? text(answer) : text);
    await look();
    return answer ?? true;
  } catch (failed) {
    told('press', failed);

    // What was pressed shows what holds.
    shown.clear();
    if (isIn) {
      await look();
    }
    return undefined;
  }
}

function told(by, failed) {
  if (failed instanceof Refused && failed.isSignedOut) {
    signedOut();
  } else {
    trouble(by, failed instanceof Refused ? failed.message : 'The sandbox does not answer right now.');
  }
}

function signedOut() {
  isIn = false;
  clearTimeout(timer);
  shown.clear();
  byId('who').textContent = 'Your home';
  show('welcome');
}

/** Asks somebody who may have slipped. */
function sure(title, text, yes, then) {
  byId('sure-title').textContent = title;
  byId('sure-text').textContent = text;
  byId('sure-yes').textContent = yes;
  byId('sure-yes').onclick = () => { byId('sure').close(); then(); };
  byId('sure').showModal();
}

function receipt(title, facts) {
  byId('receipt-title').textContent = title;
  byId('receipt-facts').replaceChildren(...facts.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, String(value)))));
  byId('receipt').showModal();
}

const app = {
  act,
  sure,
  filter(chosen) {
    camera = chosen;
    older = [];
    look();
  },
  async more(next) {
    try {
      const page = await call('GET', `views?after=${encodeURIComponent(next)}${camera && `&camera=${encodeURIComponent(camera)}`}`);
      older = [...older, ...page.views];
      app.next = page.next;
      await look();
    } catch (failed) {
      told('press', failed);
    }
  },
  async unlink(link) {
    if (await act(`${link.name} is unlinked.`, 'DELETE', `links/${link.id}`)) {
      const ended = await call('GET', `links/${link.id}/receipt`);
      receipt(`${link.name} is unlinked`, [
        ['Devices no longer shared', ended.devices], ['Keys ended', ended.accessTokens + ended.refreshTokens], ['Streams cut', ended.streams],
        ['Unopened stream addresses', ended.tickets], ['The platform is told', ended.tellsPlatform ? 'yes' : 'it finds out'], ['Reference', ended.id],
      ]);
    }
  },
};

async function look() {
  clearTimeout(timer);
  try {
    const [me, links, cameras, views, notices, sessions] = await Promise.all([
      call('GET', 'me'), call('GET', 'links'), call('GET', 'cameras'), call('GET', `views${camera && `?camera=${encodeURIComponent(camera)}`}`),
      call('GET', 'notices'), call('GET', 'sessions'),
    ]);
    const details = await Promise.all(links.links.map((link) => open.has(link.id)
      ? Promise.all([call('GET', `links/${link.id}`), call('GET', `links/${link.id}/new-devices`)]) : undefined));
    isIn = true;
    trouble('look');
    byId('who').textContent = me.name ?? 'Your home';
    show('columns');
    byId('notices').hidden = notices.notices.length === 0;
    draw('notices', noticesOf(notices.notices, links.links), notices);
    draw('live', liveOf(views.live, app), views.live);
    draw('cameras', camerasOf(cameras, app), cameras);
    draw('views', viewsOf([...views.views, ...older], older.length > 0 ? app.next : views.next, cameras.cameras, camera, app), [views.views, older, app.next, cameras.cameras, camera]);
    draw('links', linksOf(links.links, details, app, look), [links, details]);
    draw('sessions', sessionsOf(sessions, app), sessions);
  } catch (failed) {
    told('look', failed);
  }
  if (isIn) {
    timer = setTimeout(look, every);
  }
}

async function go(anew) {
  try {
    location.assign(await signIn(anew));
  } catch (failed) {
    told('press', failed);
  }
}

byId('sign-in').addEventListener('click', () => go(false));
byId('sign-out').addEventListener('click', async () => {
  const ended = await leave();
  signedOut();
  trouble('press', ended ? undefined : 'Signed out here. The bridge did not hear of it: end the app’s session on its account page.');
});
byId('sure-no').addEventListener('click', () => byId('sure').close());
byId('receipt-close').addEventListener('click', () => byId('receipt').close());
byId('download').addEventListener('click', async () => {
  try {
    const file = new Blob([JSON.stringify(await call('GET', 'data'), null, 2)], { type: 'application/json' });
    const address = URL.createObjectURL(file);
    el('a', { href: address, download: 'my-data.json' }).click();
    setTimeout(() => URL.revokeObjectURL(address), saidFor);
    say('Your data is downloaded.');
  } catch (failed) {
    told('press', failed);
  }
});
byId('delete').addEventListener('click', () => sure(
  'Delete your account here?',
  'All links end, cameras stop, and every browser and app is signed out. Your account at the maker and your devices stay.',
  'Delete', async () => {
    try {
      const done = await call('POST', 'data/deletion', { understood: true });
      signedOut();
      receipt('Your account here is deleted', [
        ['Links ended', done.links], ['Devices no longer shared', done.devices], ['Streams cut', done.streams], ['Browsers signed out', done.browsers],
        ['Apps signed out', done.apps], ['Views forgotten', done.views], ['Reference', done.id],
      ]);
    } catch (failed) {
      if (failed instanceof Refused && failed.wantsPassword) {
        sure('Sign in again first', 'Deleting needs your password, so that nobody who finds this phone can do it. Then press Delete once more.', 'Sign in', () => go(true));
      } else {
        told('press', failed);
      }
    }
  }));

const problem = new URLSearchParams(location.search).get('problem');
if (problem !== null) {
  trouble('press', problems[problem] ?? 'The sign-in came to nothing. Try again.');
  history.replaceState(null, '', location.pathname);
}
try {
  await call('GET', 'me');
  await look();
} catch (failed) {
  if (failed instanceof Refused && failed.isSignedOut) {
    signedOut();
  } else {
    told('press', failed);
    show('welcome');
  }
}
