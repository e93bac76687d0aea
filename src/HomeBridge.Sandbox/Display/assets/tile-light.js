// A light: a switch, and a slider when it can be dimmed.

import { el } from './dom.js';
import { refocus, settle, Tile } from './tiles.js';
import { summary } from './traits.js';

export class LightTile extends Tile {
  constructor(home, device, signal) {
    super(home, device, signal, 'light');
    this.toggle = el(
      'button',
      { class: 'switch', type: 'button', role: 'switch', 'data-testid': 'toggle', 'aria-label': this.name, onclick: () => this.turn() },
      el('span', { class: 'knob' }));
    this.top.append(this.toggle);
    if (device.traits.some((trait) => trait.endsWith('.Brightness'))) {
      this.slider = el('input', {
        type: 'range', min: 1, max: 100, step: 1, 'data-testid': 'brightness', 'aria-label': `Brightness of ${this.name}`,
        oninput: () => this.preview(), onchange: () => this.wish(),
      });
      this.foot.append(this.slider);
    }
    this.paint();
  }

  words(state) {
    return summary(state, this.device);
  }

  draw(state) {
    const on = state?.on === true;
    this.root.classList.toggle('is-on', on && !this.busy);
    this.toggle.setAttribute('aria-checked', String(on));
    this.toggle.disabled = Boolean(this.busy) || !state;
    if (this.slider) {
      this.slider.disabled = Boolean(this.busy) || !state;
      if (!this.dragging) {
        this.slider.value = state?.brightness ?? 1;
      }
      this.fill(state ? this.slider.value : null);
    }
  }

  preview() {
    this.dragging = true;
    this.fill(this.slider.value);
  }

  /** The part of the slider that is filled, and the same in words. */
  fill(percent) {
    this.slider.style.setProperty('--part', percent === null ? 0 : (percent - this.slider.min) / (this.slider.max - this.slider.min));
    this.slider.setAttribute('aria-valuetext', percent === null ? 'not known' : `${percent} %`);
  }

  async turn() {
    const on = !this.state.on;
    await this.ask([{ command: 'OnOff', params: { on } }], on ? 'Turning on…' : 'Turning off…', on ? 'Turn on' : 'Turn off');
    refocus(this.toggle);
  }

  wish() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.dim(), settle);
  }

  /** Whoever dims a light that is off wants light. */
  async dim() {
    if (this.signal.aborted || this.busy || !this.known) {
      this.dragging = false;
      this.paint();
      return;
    }
    const brightness = Number(this.slider.value);
    const execution = [{ command: 'BrightnessAbsolute', params: { brightness } }];
    if (!this.state.on) {
      execution.push({ command: 'OnOff', params: { on: true } });
    }
    await this.ask(execution, `Setting ${brightness} %…`, 'Set');
    this.dragging = false;
    this.paint();
    refocus(this.slider);
  }
}
