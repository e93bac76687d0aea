// The incident theatre: choose, replay, watch both sides.

import { ask, Problem } from './api.js';
import { byId, el, icon } from './dom.js';
import { Screen } from './screen.js';
import { problems, scope, time, why } from './theatre-words.js';

/** Both watch in peace for so long, so that anyone sees whose camera it is. */
const peace = 2_000;
const firstPicturesWithin = 9_000;
const askEvery = 400;

const stage = byId('stage');
const replay = byId('replay');
const clear = byId('clear');

let programme = null;
let chosen = null;
/** The play that is on; a new one, or none, ends what still runs for it. */
let playing = null;

const cameraOf = (number) => programme.cameras.find((camera) => camera.number === number);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const say = (sentence) => { byId('said').textContent = sentence; };

function notice(code) {
  byId('notice').textContent = code ? problems[code] ?? problems.unreachable : '';
  byId('notice').hidden = !code;
}

class Side {
  constructor(name, again) {
    this.name = name;
    this.root = byId(name);
    this.screen = new Screen(byId(`${name}-video`), {
      picture: (moves) => moves && this.curtain(),
      over: () => this.over(),
    }, again);
  }

  get(part) {
    return byId(`${this.name}-${part}`);
  }

  reset() {
    this.screen.stop();
    this.revoked = false;
    this.ending = null;
    this.root.dataset.state = 'dark';
    this.get('count').textContent = '–';
    this.get('because').textContent = '';
    this.get('alert').hidden = true;
    this.label(null);
    this.curtain('camera', '', 'The camera will be here', true);
  }

  play(url) {
    this.root.dataset.state = 'connecting';
    this.curtain('camera', '', 'Connecting…', true);
    this.screen.play(url);
  }

  curtain(picture, heading, sentence, idle = false) {
    const curtain = this.get('curtain');
    curtain.classList.toggle('idle', idle);
    curtain.replaceChildren(...(picture ? [icon(picture), ...(heading ? [el('strong', {}, heading)] : []), el('p', {}, sentence)] : []));
  }

  over() {
    this.label(null);
    if (this.ending) {
      this.curtain('shield', 'Unavailable', this.ending);
    } else {
      this.curtain('camera', '', 'The picture stopped', true);
    }
  }

  /** Whose camera the pixels show. */
  label(number) {
    const whose = this.get('whose');
    const camera = number === null ? null : cameraOf(number);
    whose.hidden = !camera;
    if (!camera) {
      return;
    }
    const lost = this.revoked && camera.name === programme.camera;
    const foreign = lost || camera.home !== programme.home;
    whose.classList.toggle('foreign', foreign);
    whose.textContent = foreign ? `${lost ? 'No longer yours' : 'A stranger'}: ${camera.name}` : `Your ${camera.name}`;
    if (foreign) {
      this.root.dataset.state = 'leaking';
    } else if (this.root.dataset.state === 'connecting') {
      this.root.dataset.state = 'watching';
    }
  }
}

const naive = new Side('naive', true);
const ours = new Side('ours', false);

function act(number, phase) {
  stage.dataset.phase = phase;
  for (const at of [1, 2, 3]) {
    byId(`act-${at}`).classList.toggle('now', at === number);
    byId(`act-${at}`).classList.toggle('done', at < number);
  }
}

function choose(incident) {
  chosen = incident;
  byId('eyebrow').textContent = `${incident.id} · ${incident.who} · ${incident.when}`;
  byId('title').textContent = incident.title;
  for (const part of ['happened', 'scale', 'found', 'here']) {
    byId(part).textContent = incident[part].charAt(0).toUpperCase() + incident[part].slice(1);
  }
  replay.setAttribute('aria-label', `Replay ${incident.id}: ${incident.title}`);
  const counted = incident.staging === 'Notice' ? 'foreign alerts shown' : 'foreign units shown';
  byId('naive-unit').textContent = counted;
  byId('ours-unit').textContent = counted;
}

function busy(is) {
  replay.disabled = is || !programme;
  clear.disabled = !playing;
  for (const card of document.querySelectorAll('.card input')) {
    card.disabled = is;
  }
}

function reset() {
  naive.reset();
  ours.reset();
  byId('suspension').hidden = true;
  act(0, 'idle');
}

/** What the counters say under each side. */
function report(now) {
  const shown = (side, told) => { side.get('count').textContent = String(told.foreign); };
  shown(naive, now.naive);
  shown(ours, now.ours);
  const alerts = chosen.staging === 'Notice';
  if (now.naive.foreign > 0) {
    naive.root.dataset.state = 'leaking';
    naive.get('because').textContent = alerts
      ? 'The event names this home, so it was passed on.'
      : chosen.staging === 'AfterRevocation'
        ? `${programme.camera} belongs to another home by now, and its pictures still come.`
        : `${now.naive.stranger.name} of another home: passed on as it came.`;
    act(3, 'over');
  }
  if (alerts && now.naive.foreign > 0) {
    notify(naive, `${now.naive.stranger.name}: somebody is there`, false);
    notify(ours, `No alert. The bridge refused the event: ${now.why}`, true);
    ours.root.dataset.state = 'stopped';
    ours.get('because').textContent = 'The camera is not bound to this home, whatever the event says. Its own camera goes on.';
  }

  const { stoppedAfterMs, refused } = now.ours;
  if (stoppedAfterMs !== null) {
    const reason = why(refused ?? now.why);
    ours.root.dataset.state = 'stopped';
    ours.get('because').textContent = `Stopped after ${time(stoppedAfterMs)}: ${reason}. Not one byte of it was released.`;
    ours.ending = 'No picture, rather than somebody else’s.';
    if (!ours.screen.hasPicture) {
      ours.over();
    }
  }
  if (now.suspension) {
    byId('suspension').replaceChildren(
      el('b', {}, `Suspended by itself after ${time(now.suspension.afterMs)}`), ` (${scope(now.suspension.scope)}): ${now.suspension.reason}`);
    byId('suspension').hidden = false;
  }
  if (now.naive.foreign > 0 && (stoppedAfterMs !== null || alerts)) {
    say(now.ours.foreign === 0
      ? `The naive gateway ${alerts ? 'passed on a stranger’s alert' : 'shows a stranger’s home'}. HomeBridge released nothing of it.`
      : 'HomeBridge released foreign bytes: this must never happen.');
  }
}

function notify(side, sentence, refused) {
  const alert = side.get('alert');
  alert.classList.toggle('refused', refused);
  alert.replaceChildren(icon(refused ? 'shield' : 'bell'), el('span', {}, sentence));
  alert.hidden = false;
}

const post = (what, body = {}) => ask('POST', `/api/theatre/${what}`, body);

async function run() {
  reset();
  const mine = {};
  playing = mine;
  busy(true);
  notice(null);
  try {
    act(1, 'watching');
    say('Linking two homes, and asking for the camera…');
    const seats = await post('open', { incident: chosen.id });
    naive.play(seats.naive.url);
    ours.play(seats.ours.url);
    const since = performance.now();
    while (performance.now() - since < firstPicturesWithin && !(naive.screen.hasPicture && ours.screen.hasPicture)) {
      await pause(100);
    }
    say(`Home ${programme.home} watches its ${programme.camera} through both gateways.`);
    await pause(peace);
    if (playing !== mine) {
      return;
    }

    const after = await post('break');
    act(2, 'broken');
    say('The maker fails.');
    naive.revoked = chosen.staging === 'AfterRevocation';
    if (naive.revoked) {
      say('The camera goes to another home, and the maker does not tell its streams.');
    }
    if (chosen.staging === 'AfterSignIn') {
      say('The maker fails, and both viewers sign in again.');
      naive.screen.stop();
      ours.screen.stop();
      naive.play(after.naive.url);
      if (after.ours.url) {
        ours.play(after.ours.url);
      }
    }
    busy(false);
    follow(mine, seats.play);
  } catch (problem) {
    notice(problem instanceof Problem ? problem.code : 'unreachable');
    say('');
    if (playing === mine) {
      playing = null;
      reset();
    }
    busy(false);
  }
}

async function follow(mine, play) {
  while (playing === mine) {
    try {
      const now = (await ask('GET', '/api/theatre/play')).play;
      if (playing !== mine) {
        return;
      }
      if (now?.play !== play) {
        say('The stage was cleared.');
        playing = null;
        reset();
        busy(false);
        return;
      }
      report(now);
    } catch {
      say('The theatre’s server does not answer right now.');
    }
    await pause(askEvery);
  }
}

async function clearStage() {
  playing = null;
  reset();
  say('Clearing…');
  busy(true);
  try {
    await post('clear');
    say('Cleared: no fault is on, and what was suspended by itself is lifted.');
  } catch {
    notice('unreachable');
    say('');
  }
  busy(false);
  replay.focus();
}

function look() {
  naive.label(naive.screen.camera());
  ours.label(ours.screen.camera());
  setTimeout(look, 300);
}

function card(incident, checked) {
  return el(
    'label',
    { class: 'card', 'data-testid': `card-${incident.id}` },
    el('input', { type: 'radio', name: 'incident', value: incident.id, checked, onchange: () => choose(incident) }),
    el('span', { class: 'number' }, incident.id),
    el('b', {}, incident.title),
    el('small', {}, `${incident.who}, ${incident.when}`));
}

replay.addEventListener('click', run);
clear.addEventListener('click', clearStage);
reset();
try {
  programme = await ask('GET', '/api/theatre');
  for (const incident of programme.incidents) {
    byId(incident.id.startsWith('C') ? 'cards-c' : 'cards-x').append(card(incident, incident.id === programme.incidents[0].id));
  }
  choose(programme.incidents[0]);
  if (!byId('ours-video').canPlayType('application/vnd.apple.mpegurl')) {
    notice('unsupported');
  }
  busy(false);
  look();
} catch {
  notice('unreachable');
}
