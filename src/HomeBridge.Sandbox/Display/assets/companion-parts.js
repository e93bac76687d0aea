// The app's parts, each from one answer of the API.

import { el, icon } from './dom.js';
import { spaced } from './traits.js';

const moment = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });
const clock = new Intl.DateTimeFormat('en', { timeStyle: 'short' });
const at = (text) => text ? moment.format(new Date(text)) : 'never';

const ends = {
  live: 'running', displayStopped: 'the display stopped', timeUp: 'its time was up', stoppedByYou: 'you stopped it', pausedByYou: 'you paused sharing',
  notSharedAnyMore: 'no longer shared', suspended: 'suspended', notProven: 'the picture could not be proven', soundWithheld: 'sound is withheld',
  interrupted: 'interrupted', unknown: 'not known how',
};
const states = { active: 'Linked', suspended: 'Something is suspended', paused: 'A camera is paused', needsAttention: 'Needs your attention' };
const reports = {
  quarantined: 'Thank you. The camera is stopped for everybody until it is looked into.', noted: 'Thank you. It is noted for the people on duty.',
  toldBefore: 'You told us of this view before.', tooMany: 'That was a lot of reports. Try again later.',
};
const traits = { CameraStream: 'Live video', Sound: 'Sound', OnOff: 'On and off', LockUnlock: 'Lock and unlock' };

function length(seconds) {
  if (seconds === null) {
    return '';
  }
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : whole < 3600 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} min`;
}

const heading = (id, text) => el('h2', { id }, text);
const button = (key, kind, text, press, spoken) => el('button', { class: `pill ${kind}`, type: 'button', 'data-key': key, 'data-testid': key, onclick: press, ...(spoken && { 'aria-label': spoken }) }, text);

/** A switch says on or off by itself; its name says of what. */
const toggle = (key, name, isOn, press) => el('button', {
  class: 'switch', type: 'button', role: 'switch', 'aria-checked': String(isOn), 'aria-label': name, 'data-key': key, 'data-testid': key,
  onclick: (event) => { event.currentTarget.disabled = true; press(!isOn); },
});

export const noticesOf = (notices, links) => notices.map((notice) => el('div', { class: 'card alarm', 'data-testid': 'suspended' },
  el('h3', {}, notice.newKey ? 'A camera has a new key' : 'Stopped to keep you safe'),
  el('p', {}, `${links.find((link) => link.id === notice.link)?.name ?? 'A platform'}: `
    + `${[notice.stopsStreams && 'no live video', notice.stopsCommands && 'no commands', notice.stopsState && 'no states'].filter(Boolean).join(', ')} `
    + `since ${at(notice.since)}${notice.isWhole ? ', for all devices' : ''}.`),
  el('p', { class: 'hint' }, notice.newKey ? 'Link anew to confirm it.' : 'There is nothing for you to do. It comes back by itself.')));

export const liveOf = (live, app) => [
  heading('live-title', 'On a display now'),
  live.length === 0
    ? el('div', { class: 'card' }, el('p', { class: 'hint', 'data-testid': 'nobody' }, 'Nobody is looking at your cameras.'))
    : el('div', { class: 'card running' },
      el('ul', { class: 'rows' }, ...live.map((view) => el('li', { class: 'headline', 'data-testid': 'live-view' },
        el('div', {}, el('strong', {}, view.cameraName ?? 'A camera'), ' ', el('span', { class: 'badge-live' }, 'LIVE'),
          el('small', {}, `${view.platformName}, since ${clock.format(new Date(view.start))}`)),
        button(`stop ${view.id}`, 'danger', 'Stop', () => app.act('Stopped.', 'POST', `views/${view.id}/stop`), `Stop ${view.cameraName ?? 'the camera'} on ${view.platformName}`)))),
      ...(live.length > 1 ? [button('stop-all', 'danger', 'Stop all', () => app.act('All stopped.', 'POST', 'views/stop'))] : [])),
];

const pauses = [['hour', 'Pause for 1 hour'], ['tomorrow', 'Until tomorrow'], ['untilResumed', 'Until I turn it on']];

const pausedUntil = (paused) => paused.until ? `Paused until ${at(paused.until)}` : 'Paused until you share again';

const pauseButtons = (key, path, name, app) => el('div', { class: 'actions' }, ...pauses.map(([word, text]) =>
  button(`${key} ${word}`, 'quiet', text, () => app.act(`${name} paused. Whoever watched is cut off.`, 'PUT', path, { length: word }), `${text}: ${name}`)));

export const camerasOf = ({ cameras, allPaused, isCurrent }, app) => [
  heading('cameras-title', 'Cameras'),
  ...(isCurrent ? [] : [el('p', { class: 'hint' }, 'Your maker does not answer right now. Names are as they were last.')]),
  ...(cameras.length === 0 ? [el('div', { class: 'card' }, el('p', { class: 'hint' }, 'There is no camera in this home.'))] : [
    el('div', { class: `card ${allPaused ? 'alarm' : ''}` },
      el('h3', {}, 'All cameras'),
      ...(allPaused
        ? [el('p', {}, `${pausedUntil(allPaused)}.`), el('div', { class: 'actions' }, button('resume-all', 'primary', 'Share again', () => app.act('Cameras are shared again.', 'DELETE', 'cameras/pause'), 'Share again: all cameras'))]
        : [pauseButtons('pause-all', 'cameras/pause', 'All cameras', app)])),
    el('div', { class: 'card' }, el('ul', { class: 'rows' }, ...cameras.map((camera) => el('li', { 'data-testid': 'camera' },
      el('div', { class: 'headline' },
        el('div', {}, el('strong', {}, camera.name), el('small', {}, [camera.room, camera.paused && pausedUntil(camera.paused)].filter(Boolean).join(' · '))),
        ...(camera.paused ? [button(`resume ${camera.id}`, 'primary', 'Share again', () => app.act(`${camera.name} is shared again.`, 'DELETE', `cameras/${camera.id}/pause`), `Share again: ${camera.name}`)] : [])),
      ...(camera.paused ? [] : [el('details', { 'data-open': `pause ${camera.id}` }, el('summary', { 'data-key': `open pause ${camera.id}` }, `Pause ${camera.name}`), pauseButtons(`pause ${camera.id}`, `cameras/${camera.id}/pause`, camera.name, app))]))))),
  ]),
];

export const viewsOf = (views, next, cameras, chosen, app) => [
  heading('views-title', 'Who viewed my cameras'),
  el('div', { class: 'card' },
    el('label', { class: 'find-view' }, 'Camera', el('select', { 'data-key': 'filter', 'data-testid': 'filter', onchange: (event) => app.filter(event.currentTarget.value) },
      el('option', { value: '' }, 'all'), ...cameras.map((camera) => el('option', { value: camera.id, selected: camera.id === chosen }, camera.name)))),
    views.length === 0 ? el('p', { class: 'hint' }, 'Nobody did.') : el('ul', { class: 'rows', 'data-testid': 'views-list' }, ...views.map((view) => el('li', { class: 'headline' },
      el('div', {}, el('strong', {}, view.cameraName ?? 'A camera'), el('small', {}, `${view.platformName}, ${at(view.start)}`),
        el('small', {}, [length(view.lengthSeconds), ends[view.end]].filter(Boolean).join(', '))),
      button(`not-mine ${view.id}`, 'quiet', 'Not my camera', () => app.sure('Was this not your camera?', 'If you saw somebody else’s home, we stop this camera at once and look into it.', 'It was not mine',
        () => app.act((answer) => reports[answer.report] ?? 'Thank you.', 'POST', `views/${view.id}/not-mine`)), `Not my camera: ${view.cameraName ?? 'the view'} of ${at(view.start)}`)))),
    ...(next ? [button('more', 'quiet', 'Show older ones', () => app.more(next))] : [])),
];

const device = (link, one, app) => el('li', { 'data-testid': 'device' },
  el('div', { class: 'headline' },
    el('div', {}, el('strong', {}, one.name), el('small', {}, [one.room, one.isCamera && 'camera'].filter(Boolean).join(' · '))),
    toggle(`device ${link.id} ${one.id}`, `${one.name} on ${link.name}`, one.on,
      (on) => app.act(`${one.name} is ${on ? 'shared' : 'no longer shared'} with ${link.name}.`, 'PUT', `links/${link.id}/devices/${one.id}`, { on }))),
  ...(one.on && one.traits.length > 1 ? [el('details', { 'data-open': `traits ${link.id} ${one.id}` }, el('summary', { 'data-key': `open traits ${link.id} ${one.id}` }, 'Functions', el('span', { class: 'hint' }, ` of ${one.name}`)),
    el('ul', { class: 'traits' }, ...one.traits.map((trait) => el('li', {}, traits[trait.name] ?? spaced(trait.name),
      toggle(`trait ${link.id} ${one.id} ${trait.name}`, `${traits[trait.name] ?? spaced(trait.name)} of ${one.name} on ${link.name}`, trait.on,
        (on) => app.act(`${traits[trait.name] ?? spaced(trait.name)} of ${one.name}: ${on ? 'on' : 'off'}.`, 'PUT', `links/${link.id}/devices/${one.id}/traits/${trait.name}`, { on }))))))] : []));

const laters = [['ask', 'Ask me'], ['add', 'Share them'], ['never', 'Never share them']];

const linkDevices = (link, [detail, news], app) => [
  ...(detail.isCurrent ? [] : [el('p', { class: 'hint' }, 'Your maker does not answer right now. Names are as they were last.')]),
  ...(news.waiting.length === 0 ? [] : [el('ul', { class: 'rows', 'aria-label': 'New devices' }, ...news.waiting.map((one) => el('li', { class: 'headline', 'data-testid': 'new-device' },
    el('div', {}, el('strong', {}, one.name), el('small', {}, 'new')),
    button(`share ${link.id} ${one.id}`, 'primary', 'Share', () => app.act(`${one.name} is shared.`, 'PUT', `links/${link.id}/devices/${one.id}`, { on: true }), `Share ${one.name}`),
    button(`leave ${link.id} ${one.id}`, 'quiet', 'Don’t', () => app.act(`${one.name} is not shared.`, 'DELETE', `links/${link.id}/new-devices/${one.id}`), `Don’t share ${one.name}`))))]),
  el('ul', { class: 'rows' }, ...detail.devices.map((one) => device(link, one, app))),
  el('fieldset', {}, el('legend', {}, 'Devices that come later'), ...laters.map(([word, text]) => el('label', { class: 'choice' },
    el('input', { type: 'radio', name: `later-${link.id}`, value: word, checked: news.later === word, 'data-key': `later ${link.id} ${word}`, onchange: () => app.act('Noted.', 'PUT', `links/${link.id}/new-devices`, { later: word }) }), text))),
];

export const linksOf = (links, details, app, look) => [
  heading('links-title', 'Linked platforms'),
  ...(links.length === 0 ? [el('div', { class: 'card' }, el('p', { class: 'hint' }, 'No platform is linked to this home. Link it on the display, and it stands here.'))] : []),
  ...links.map((link, index) => el('div', { class: 'card', 'data-testid': 'link' },
    el('div', { class: 'headline' },
      el('div', {}, el('h3', {}, link.name), el('small', {}, `${states[link.state]} · since ${at(link.linkedAt)}`), el('small', {}, `Last used ${at(link.lastUsedAt)}`)),
      button(`unlink ${link.id}`, 'quiet', 'Unlink…', () => app.sure(`Unlink ${link.name}?`, 'It can’t see or control anything of this home any more, and cameras stop.', 'Unlink', () => app.unlink(link)), `Unlink ${link.name}`)),
    el('details', { 'data-open': link.id, ontoggle: (event) => event.currentTarget.open && !details[index] && look() },
      el('summary', { 'data-key': `open ${link.id}`, 'data-testid': `open ${link.id}` }, `${link.deviceCount} ${link.deviceCount === 1 ? 'device' : 'devices'}, ${link.cameraCount} ${link.cameraCount === 1 ? 'camera' : 'cameras'}`),
      ...(details[index] ? linkDevices(link, details[index], app) : [el('span', { class: 'spinner' }, icon('cycle'))])))),
];

const session = (id, name, text, isThis, app) => el('li', { class: 'headline' },
  el('div', {}, el('strong', {}, name), ...(isThis ? [' ', el('span', { class: 'hint' }, '(this app)')] : []), el('small', {}, text)),
  ...(isThis ? [] : [button(`end ${id}`, 'quiet', 'Sign out', () => app.act(`${name} is signed out.`, 'DELETE', `sessions/${id}`), `Sign out ${name}`)]));

export const sessionsOf = ({ browsers, apps }, app) => [
  heading('sessions-title', 'Where you are signed in'),
  el('div', { class: 'card' }, el('ul', { class: 'rows' },
    ...apps.map((one) => session(one.id, one.name, `Since ${at(one.begunAt)}, last used ${at(one.lastUsedAt)}`, one.isCurrent, app)),
    ...browsers.map((one) => session(one.id, one.name, `Since ${at(one.begunAt)}, last used ${at(one.lastUsedAt)}`, false, app)))),
];
