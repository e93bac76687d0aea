// Any device: its type, its main states in words, and controls where they are simple.

import { el } from './dom.js';
import { refocus, settle, Tile } from './tiles.js';
import { has, summary } from './traits.js';

/** A button for each trait that a press can serve: what it says, what it sends, what it says meanwhile; or null for none. */
const buttons = [
  ['LockUnlock', (s) => s.isLocked === false ? ['Lock', 'LockUnlock', { lock: true }, 'Locking…'] : ['Unlock', 'LockUnlock', { lock: false }, 'Unlocking…']],
  ['OpenClose', (s, a) => a.queryOnlyOpenClose ? null : openClose(s, a)],
  ['ArmDisarm', (s) => s.isArmed ? ['Disarm', 'ArmDisarm', { arm: false }, 'Disarming…'] : ['Arm', 'ArmDisarm', { arm: true }, 'Arming…']],
  ['StartStop', (s) => s.isRunning || s.isPaused ? ['Stop', 'StartStop', { start: false }, 'Stopping…'] : ['Start', 'StartStop', { start: true }, 'Starting…']],
  ['StartStop', (s, a) => !a.pausable ? null : s.isPaused ? ['Resume', 'PauseUnpause', { pause: false }, 'Resuming…']
    : s.isRunning ? ['Pause', 'PauseUnpause', { pause: true }, 'Pausing…'] : null],
  ['Dock', (s) => s.isDocked ? null : ['Dock', 'Dock', {}, 'Sending it home…']],
  ['EnergyStorage', (s, a) => a.queryOnlyEnergyStorage !== false ? null
    : s.isCharging ? ['Stop charging', 'Charge', { charge: false }, 'Stopping…'] : ['Charge', 'Charge', { charge: true }, 'Starting…']],
  ['Scene', () => ['Activate', 'ActivateScene', { deactivate: false }, 'Activating…']],
  ['Locator', () => ['Find it', 'Locate', { silence: false }, 'Calling it…']],
  ['Reboot', () => ['Restart', 'Reboot', {}, 'Restarting…']],
];

const buttonsMax = 2;

function openClose(state, attributes) {
  const direction = attributes.openDirection?.[0] ? { openDirection: attributes.openDirection[0] } : {};
  const open = state.openPercent ?? state.openState?.[0]?.openPercent ?? 0;
  return open > 0 ? ['Close', 'OpenClose', { openPercent: 0, ...direction }, 'Closing…'] : ['Open', 'OpenClose', { openPercent: 100, ...direction }, 'Opening…'];
}

/** One slider at most: [trait, states' member, what it is, largest, execution]. */
const sliders = [
  ['Brightness', (a) => !a.commandOnlyBrightness, 'brightness', 'Brightness', () => 100, (value) => ['BrightnessAbsolute', { brightness: value }]],
  ['Volume', (a) => !a.commandOnlyVolume, 'currentVolume', 'Volume', (a) => a.volumeMaxLevel ?? 100, (value) => ['setVolume', { volumeLevel: value }]],
  ['FanSpeed', (a) => a.supportsFanSpeedPercent && !a.commandOnlyFanSpeed, 'currentFanSpeedPercent', 'Fan speed', () => 100, (value) => ['SetFanSpeed', { fanSpeedPercent: value }]],
];

const icons = [
  ['LockUnlock', 'locked'], ['ArmDisarm', 'shield'], ['OpenClose', 'opening'], ['MediaState', 'media'], ['TemperatureSetting', 'thermostat'],
  ['NetworkControl', 'network'], ['Scene', 'scene'], ['FanSpeed', 'fan'], ['EnergyStorage', 'battery'], ['StartStop', 'cycle'], ['SensorState', 'sensor'], ['OnOff', 'power'],
];

export class DeviceTile extends Tile {
  constructor(home, device, signal) {
    super(home, device, signal, icons.find(([trait]) => has(device, trait))?.[1] ?? 'other');
    this.root.classList.add('any');
    const attributes = device.attributes ?? {};
    if (has(device, 'OnOff') && !attributes.queryOnlyOnOff) {
      this.toggle = el(
        'button', { class: 'switch', type: 'button', role: 'switch', 'data-testid': 'toggle', 'aria-label': this.name, onclick: () => this.turn() },
        el('span', { class: 'knob' }));
      this.top.append(this.toggle);
    }
    const slider = sliders.find(([trait, can]) => has(device, trait) && can(attributes));
    if (slider) {
      const [, , member, what, largest, execution] = slider;
      Object.assign(this, { member, execution, largest: largest(attributes) });
      this.slider = el('input', {
        type: 'range', min: 0, max: this.largest, step: 1, 'data-testid': 'slider', 'aria-label': `${what} of ${this.name}`,
        oninput: () => this.preview(), onchange: () => this.wish(),
      });
      this.foot.append(this.slider);
    }
    this.presses = el('div', { class: 'presses' });
    this.foot.append(this.presses);
    this.paint();
  }

  words(state) {
    return summary(state, this.device);
  }

  draw(state) {
    const on = state?.on === true;
    this.root.classList.toggle('is-on', on && !this.busy);
    if (this.toggle) {
      this.toggle.setAttribute('aria-checked', String(on));
      this.toggle.disabled = Boolean(this.busy) || !state;
    }
    if (this.slider) {
      this.slider.disabled = Boolean(this.busy) || !state;
      if (!this.dragging) {
        this.slider.value = state?.[this.member] ?? 0;
      }
      this.fill();
    }
    this.drawButtons(state);
  }

  /** The same buttons are kept, so that the focus stays where it is. */
  drawButtons(state) {
    const wanted = buttons.filter(([trait]) => has(this.device, trait))
      .map(([, press]) => press(state ?? {}, this.device.attributes ?? {})).filter(Boolean).slice(0, buttonsMax);
    while (this.presses.children.length > wanted.length) {
      this.presses.lastChild.remove();
    }
    wanted.forEach(([says, command, params, doing], index) => {
      const button = this.presses.children[index] ?? this.presses.appendChild(el('button', { class: 'pill', type: 'button' }));
      button.textContent = says;
      button.dataset.testid = `press-${command}`;
      button.setAttribute('aria-label', `${says}: ${this.name}`);
      button.disabled = Boolean(this.busy) || !state;
      button.onclick = () => this.press(button, says, command, params, doing);
    });
  }

  async press(button, says, command, params, doing) {
    await this.ask([{ command, params }], doing, says);
    refocus(button.isConnected ? button : this.presses.firstChild ?? this.root);
  }

  async turn() {
    const on = !this.state.on;
    await this.ask([{ command: 'OnOff', params: { on } }], on ? 'Turning on…' : 'Turning off…', on ? 'Turn on' : 'Turn off');
    refocus(this.toggle);
  }

  preview() {
    this.dragging = true;
    this.fill();
  }

  fill() {
    this.slider.style.setProperty('--part', this.slider.value / this.largest);
  }

  wish() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.slide(), settle);
  }

  async slide() {
    if (!this.signal.aborted && !this.busy && this.known) {
      const [command, params] = this.execution(Number(this.slider.value));
      await this.ask([{ command, params }], `Setting ${this.slider.value}…`, 'Set');
      refocus(this.slider);
    }
    this.dragging = false;
    this.paint();
  }
}
