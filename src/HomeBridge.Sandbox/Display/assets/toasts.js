// What happened, said once: somebody at the door, a lock that is done. It goes by itself, unless somebody is on it.

import { byId, el, icon } from './dom.js';
import { duration, spaced } from './traits.js';
import { friendly } from './words.js';

const lifetime = 9_000;
const most = 4;

const together = new Intl.ListFormat('en');

const urgent = /smoke|carbonmonoxide|waterleak/i;

function people(objects) {
  const { named = [], familiar = 0, unfamiliar = 0, unclassified = 0 } = objects;
  const some = (count, one, many) => count > 0 ? [count === 1 ? one : `${count} ${many}`] : [];
  return together.format([...named, ...some(familiar, 'somebody you know', 'people you know'), ...some(unfamiliar, 'a stranger', 'strangers'),
    ...some(unclassified, 'something that moves', 'things that move')]);
}

const answers = {
  LockUnlock: (said) => said.isLocked ? 'Locked' : 'Unlocked',
  OpenClose: (said) => said.openPercent === 0 ? 'Closed' : said.openPercent === 100 ? 'Open' : `Open ${said.openPercent} %`,
  NetworkControl: (said) => [said.networkDownloadSpeedMbps && `Download ${said.networkDownloadSpeedMbps} Mbit/s`, said.networkUploadSpeedMbps && `upload ${said.networkUploadSpeedMbps} Mbit/s`].filter(Boolean).join(', '),
};

/** [icon, sentence, whether it must be heard at once] */
function sentence({ trait, says }) {
  const answer = says.followUpResponse;
  if (answer) {
    return answer.status === 'SUCCESS' ? ['done', answers[trait]?.(answer) ?? 'Done'] : ['warning', friendly(answer.errorCode)];
  }
  switch (trait) {
    case 'ObjectDetection':
      return ['bell', sentenceCase(people(says.objects))];
    case 'RunCycle':
      return says.status === 'SUCCESS'
        ? ['done', says.currentCycleRemainingTime > 0 ? `${duration(says.currentCycleRemainingTime)} left` : 'Finished']
        : ['warning', friendly(says.errorCode)];
    case 'SensorState':
      return ['warning', spaced(says.currentSensorState), urgent.test(says.name)];
    default:
      return ['bell', spaced(trait)];
  }
}

const sentenceCase = (text) => text.replace(/^./, (letter) => letter.toUpperCase());

/** @param action { says, press }: what can be done about it */
export function toast(notice, action) {
  const [shape, says, now] = sentence(notice);
  show(shape, notice.name, says, now, action);
}

export function show(shape, title, says, now, action) {
  const list = byId(now ? 'alerts' : 'toasts');
  const close = el('button', { class: 'round', type: 'button', 'aria-label': `Dismiss: ${title}` }, icon('close'));
  const root = el(
    'div', { class: `toast ${shape}`, 'data-testid': 'toast' },
    el('span', { class: 'badge' }, icon(shape)),
    el('p', {}, el('strong', {}, title), el('span', {}, says)));
  if (action) {
    root.append(el('button', { class: 'pill primary', type: 'button', onclick: () => { root.remove(); action.press(); } }, action.says));
  }
  root.append(close);
  list.append(root);
  while (list.children.length > most) {
    list.firstChild.remove();
  }
  let timer;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => root.matches(':hover, :focus-within') ? wait() : root.remove(), lifetime);
  };
  close.addEventListener('click', () => root.remove());
  wait();
}
