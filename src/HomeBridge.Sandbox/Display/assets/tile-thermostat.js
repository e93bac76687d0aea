// A thermostat: how warm it is, how warm it shall be, half a degree at a time.

import { el, icon } from './dom.js';
import { refocus, settle, Tile } from './tiles.js';
import { degrees, modes } from './traits.js';

const step = 0.5;

export class ThermostatTile extends Tile {
  constructor(home, device, signal) {
    super(home, device, signal, 'thermostat');
    const range = device.attributes?.thermostatTemperatureRange ?? {};
    this.min = range.minThresholdCelsius ?? 10;
    this.max = range.maxThresholdCelsius ?? 30;
    this.wish = null;
    this.ambient = el('span', { class: 'reading', 'data-testid': 'ambient' });
    this.top.append(this.ambient);
    this.setpoint = el('output', { class: 'setpoint', 'data-testid': 'setpoint', 'aria-live': 'polite' });
    this.colder = this.button('minus', 'Colder', 'setpoint-down', -step);
    this.warmer = this.button('plus', 'Warmer', 'setpoint-up', step);
    this.foot.append(this.colder, this.setpoint, this.warmer);
    this.paint();
  }

  button(shape, says, hook, by) {
    return el(
      'button',
      { class: 'round', type: 'button', 'data-testid': hook, 'aria-label': `${says}: ${this.name}`, onclick: () => this.change(by) },
      icon(shape));
  }

  words(state) {
    const mode = modes[state.thermostatMode] ?? state.thermostatMode ?? 'On';
    return state.thermostatTemperatureSetpoint === undefined || state.thermostatMode === 'off'
      ? mode
      : `${mode} to ${degrees(state.thermostatTemperatureSetpoint)}`;
  }

  draw(state) {
    const goal = this.wish ?? state?.thermostatTemperatureSetpoint;
    this.ambient.textContent = state?.thermostatTemperatureAmbient === undefined ? '' : `${Number(state.thermostatTemperatureAmbient).toFixed(1)}°`;
    this.ambient.title = 'Temperature now';
    this.setpoint.textContent = !state || goal === undefined ? '–' : degrees(goal);
    this.setpoint.classList.toggle('wished', this.wish !== null);
    const still = !state || state.thermostatMode === 'off' || goal === undefined || Boolean(this.busy);
    this.colder.disabled = still || goal <= this.min;
    this.warmer.disabled = still || goal >= this.max;
  }

  change(by) {
    const goal = (this.wish ?? this.state.thermostatTemperatureSetpoint) + by;
    this.wish = Math.min(this.max, Math.max(this.min, Math.round(goal / step) * step));
    this.changes += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(by), settle);
    this.paint();
  }

  async send(by) {
    if (this.signal.aborted || !this.known) {
      this.wish = null;
      return;
    }
    const wish = this.wish;
    await this.ask(
      [{ command: 'ThermostatTemperatureSetpoint', params: { thermostatTemperatureSetpoint: wish } }], `Setting ${degrees(wish)}…`, 'Set');
    this.wish = null;
    this.paint();
    refocus(by < 0 ? this.colder : this.warmer);
  }
}
