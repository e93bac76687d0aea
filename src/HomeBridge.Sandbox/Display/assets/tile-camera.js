// A camera: no picture before somebody asks for one, and none that is kept afterwards.

import { el, icon } from './dom.js';
import { watch } from './watch.js';
import { Tile } from './tiles.js';

export class CameraTile extends Tile {
  constructor(home, device, signal) {
    super(home, device, signal, 'camera');
    this.button = el(
      'button',
      { class: 'cover', type: 'button', 'data-testid': 'watch', 'aria-label': `Watch ${this.name}`, onclick: () => this.press() });
    this.foot.append(el('span', { class: 'hint', 'aria-hidden': 'true' }, icon('play'), 'Watch live'));
    this.root.append(this.button);
    this.paint();
  }

  words() {
    return 'Ready';
  }

  /** Also while nothing is known of it: whoever wants to see the camera hears from the home itself why not. */
  press() {
    watch(this.home, this.device, this.signal, this.button);
  }
}
