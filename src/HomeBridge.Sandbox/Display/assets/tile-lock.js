// A lock: locking is done at once, unlocking asks for the PIN when the home wants one.

import { el, icon } from './dom.js';
import { askPin } from './pin.js';
import { refocus, Tile } from './tiles.js';
import { friendly } from './words.js';

export class LockTile extends Tile {
  constructor(home, device, signal) {
    super(home, device, signal, 'locked');
    this.button = el('button', { class: 'pill', type: 'button', 'data-testid': 'lock', onclick: () => this.press() });
    this.foot.append(this.button);
    this.paint();
  }

  words(state) {
    return state.isJammed ? 'Jammed' : state.isLocked ? 'Locked' : 'Unlocked';
  }

  draw(state) {
    const locked = state?.isLocked !== false;
    this.root.classList.toggle('is-open', Boolean(state) && !locked && !this.busy);
    this.icon.replaceChildren(icon(locked ? 'locked' : 'unlocked'));
    this.button.textContent = locked ? 'Unlock' : 'Lock';
    this.button.setAttribute('aria-label', `${this.button.textContent} ${this.name}`);
    this.button.disabled = Boolean(this.busy) || !state;
  }

  async press() {
    if (this.state.isLocked) {
      await this.unlock();
    } else {
      await this.command([{ command: 'LockUnlock', params: { lock: true } }], 'Locking…');
    }
    refocus(this.button);
  }

  async unlock() {
    const outcome = await this.open();
    if (outcome.errorCode === 'challengeNeeded') {
      if (outcome.challengeNeeded?.type !== 'pinNeeded') {
        this.tell('It asks for something that this display does not have', outcome.challengeNeeded?.type ?? outcome.errorCode);
        return;
      }
      await askPin(`Unlock ${this.name}`, this.signal, (pin) => this.tryPin(pin));
    }
  }

  /** Whether the question is settled, and otherwise what to say below the field. */
  async tryPin(pin) {
    const outcome = await this.open(pin);
    if (outcome.errorCode !== 'challengeNeeded') {
      return { settled: true };
    }
    const code = outcome.challengeNeeded?.type;
    return { settled: false, says: friendly(code), code };
  }

  open(pin) {
    return this.command([{ command: 'LockUnlock', params: { lock: false }, pin }], 'Unlocking…');
  }
}
