// One tile: a device, what is known of it, and what is under way. Kinds of tiles fill in the rest.

import { execute, Problem } from './api.js';
import { answerChallenge } from './challenge.js';
import { el, icon } from './dom.js';
import { friendly, unknownState } from './words.js';

const noteLifetime = 15_000;

/** Several presses or steps in a row are one wish. */
export const settle = 500;

/** Back to a control that was out of use while its command was under way, unless somebody has moved on. */
export function refocus(control) {
  if (!document.activeElement || document.activeElement === document.body) {
    control.focus();
  }
}

export class Tile {
  /**
   * @param home the id of the home that the device was synced from; every request names it
   * @param device as SYNC described it
   * @param signal aborted when the home leaves the screen
   */
  constructor(home, device, signal, kind) {
    this.home = home;
    this.device = device;
    this.signal = signal;
    this.name = device.name.name;
    this.state = null;
    this.busy = null;
    this.changes = 0;
    this.icon = el('span', { class: 'badge' }, icon(kind));
    this.says = el('p', { class: 'state', 'data-testid': 'state' }, 'Asking…');
    this.note = el('p', { class: 'note', 'data-testid': 'note', role: 'status' });
    this.top = el('div', { class: 'tile-top' }, this.icon);
    this.body = el('div', { class: 'tile-body' }, el('h3', {}, this.name), ...this.label(), this.says, this.note);
    this.foot = el('div', { class: 'tile-foot' });
    this.root = el(
      'article',
      { class: `tile ${kind}`, 'data-device-name': this.name, 'data-type': device.type.split('.').pop(), 'aria-label': this.name },
      this.top, this.body, this.foot);
  }

  /** What it is, unless its name says so. */
  label() {
    const label = this.device.label;
    return label && !this.name.toLowerCase().includes(label.toLowerCase()) ? [el('p', { class: 'kind', 'data-testid': 'type' }, label)] : [];
  }

  /** Whether the state on the tile is one that the home has said. */
  get known() {
    return this.state?.status === 'SUCCESS';
  }

  /** An answer to QUERY. One that was asked before something changed here is too old. */
  show(state, askedAt) {
    if (this.busy || askedAt !== this.changes) {
      return;
    }
    this.state = state;
    this.paint();
  }

  /** What the platform's graph holds. It waits while a command is under way: which of the two is newer is seen then. */
  push({ online, problem, states }) {
    const state = online === false ? { status: 'OFFLINE', errorCode: 'deviceOffline' }
      : online ? { ...states, status: 'SUCCESS' } : problem ? { status: 'ERROR', errorCode: problem } : null;
    if (this.busy) {
      this.pushed = state;
    } else {
      this.state = state;
      this.paint();
    }
  }

  /** Nothing is known any more; an older state is not left standing in its place. */
  forget(code) {
    if (!this.busy) {
      this.state = { status: 'ERROR', errorCode: code };
      this.paint();
    }
  }

  paint() {
    const status = this.busy ? 'busy' : !this.state ? 'asking' : this.known ? 'known' : 'unknown';
    this.root.dataset.status = status;
    this.root.setAttribute('aria-busy', String(Boolean(this.busy)));
    this.says.replaceChildren(this.busy ?? (!this.state ? 'Asking…' : this.known ? this.words(this.state) : this.unknown()));
    this.draw(this.known ? this.state : null);
  }

  unknown() {
    const code = this.state.errorCode ?? this.state.status ?? 'unknown';
    const fragment = document.createDocumentFragment();
    fragment.append(unknownState(code), ' ', el('small', { class: 'code' }, code));
    return fragment;
  }

  /** For kinds: the state in words. */
  words() {
    return 'Online';
  }

  /** For kinds: controls; null when nothing is known. */
  draw() {
  }

  tell(sentence, code) {
    clearTimeout(this.noteTimer);
    this.note.replaceChildren(...(sentence ? [sentence, ' ', el('small', { class: 'code' }, code)] : []));
    if (sentence) {
      this.noteTimer = setTimeout(() => this.tell(), noteLifetime);
    }
  }

  /** A command, and what the home wants to know before it is done. */
  async ask(execution, doing, verb) {
    const send = (challenge) => this.command(execution.map((one) => ({ ...one, ...challenge })), doing);
    const first = await send();
    if (first.errorCode !== 'challengeNeeded') {
      return first;
    }
    const { outcome, open } = await answerChallenge(first, `${verb} ${this.name}`, verb, this.signal, send);
    if (open) {
      this.tell('It asks for something that this display does not have', outcome.challengeNeeded?.type ?? outcome.errorCode);
    }
    return outcome;
  }

  /**
   * Sends executions and shows what came of them. Until the answer is there the tile says what is under way, not that
   * it is done. Returns the outcome; challenges are the caller's.
   */
  async command(execution, doing) {
    this.tell();
    this.busy = doing;
    this.changes += 1;
    this.paint();
    let outcome;
    try {
      outcome = await execute(this.home, this.device.id, execution, this.signal);
    } catch (problem) {
      outcome = { status: 'ERROR', errorCode: problem instanceof Problem ? problem.code : 'transientError' };
    }
    this.busy = null;
    this.changes += 1;
    this.state = this.pushed ?? this.state;
    this.pushed = undefined;
    if (outcome.status === 'SUCCESS') {
      this.state = { ...(this.known ? this.state : {}), ...outcome.states, status: 'SUCCESS' };
    } else if (outcome.status === 'PENDING') {
      this.tell(friendly('PENDING'), 'PENDING');
    } else if (outcome.errorCode !== 'challengeNeeded') {
      this.tell(friendly(outcome.errorCode), outcome.errorCode);
    }
    this.paint();
    this.root.dispatchEvent(new CustomEvent('commanded', { bubbles: true }));
    return outcome;
  }
}
