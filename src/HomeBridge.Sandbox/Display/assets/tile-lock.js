// A lock: a press locks or unlocks; what the home wants to know before that is asked for.

import { el, icon } from './dom.js';
import { refocus, Tile } from './tiles.js';
import { summary } from './traits.js';

export class LockTile extends Tile {
  constructor(home, device, signal) {
    super(home, device, signal, 'locked');
    this.button = el('button', { class: 'pill', type: 'button', 'data-testid': 'lock', onclick: () => this.press() });
    this.foot.append(this.button);
    this.paint();
  }

  words(state) {
    return summary(state, this.device);
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
    const lock = this.state.isLocked === false;
    await this.ask([{ command: 'LockUnlock', params: { lock } }], lock ? 'Locking…' : 'Unlocking…', lock ? 'Lock' : 'Unlock');
    refocus(this.button);
  }
}
