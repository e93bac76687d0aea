// What a command needs before it is done: a PIN, or somebody who says yes. Any command of any device may need it.

import { byId } from './dom.js';
import { askPin } from './pin.js';
import { friendly } from './words.js';

const isPin = (outcome) => ['pinNeeded', 'challengeFailedPinNeeded'].includes(outcome.challengeNeeded?.type);
const isChallenge = (outcome) => outcome.errorCode === 'challengeNeeded';

/**
 * Answers a challenge by sending the command again.
 * @param send takes { pin } or { ack } and answers with the outcome
 */
export async function answerChallenge(outcome, title, verb, signal, send) {
  let last = outcome;
  if (isPin(last)) {
    await askPin(title, verb, signal, async (pin) => {
      last = await send({ pin });
      return isPin(last) ? { settled: false, says: friendly(last.challengeNeeded.type), code: last.challengeNeeded.type } : { settled: true };
    });
  } else if (last.challengeNeeded?.type === 'ackNeeded' && await askYes(title, verb, signal)) {
    last = await send({ ack: true });
  }
  return { outcome: last, open: isChallenge(last) && !isPin(last) && last.challengeNeeded?.type !== 'ackNeeded' };
}

function askYes(title, verb, signal) {
  const dialog = byId('ack');
  const asked = new AbortController();
  const until = { signal: asked.signal };
  byId('ack-title').textContent = `${title}?`;
  byId('ack-yes').textContent = verb;
  dialog.showModal();
  return new Promise((done) => {
    let yes = false;
    const close = () => dialog.close();
    signal.addEventListener('abort', close, until);
    byId('ack-no').addEventListener('click', close, until);
    byId('ack-yes').addEventListener('click', () => {
      yes = true;
      close();
    }, until);
    dialog.addEventListener('close', () => {
      asked.abort();
      done(yes && !signal.aborted);
    }, until);
  });
}
