// A sensor: its values, large.

import { el } from './dom.js';
import { Tile } from './tiles.js';
import { readings } from './traits.js';

export class SensorTile extends Tile {
  constructor(home, device, signal) {
    super(home, device, signal, 'sensor');
    this.value = el('p', { class: 'value', 'data-testid': 'value' });
    this.foot.append(this.value);
    this.paint();
  }

  words(state) {
    const all = readings(state, this.device);
    return all.length > 1 ? all.slice(1).map(([what, value]) => `${what} ${value}`).join(' · ') : all[0]?.[0] ?? 'Online';
  }

  draw(state) {
    this.value.textContent = state ? readings(state, this.device)[0]?.[1] ?? '' : '–';
  }
}
