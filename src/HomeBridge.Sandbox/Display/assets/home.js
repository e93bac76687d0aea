// One linked home on the screen: its devices by room, asked for their states again and again while somebody looks.

import { Problem, query, sync } from './api.js';
import { el } from './dom.js';
import { CameraTile } from './tile-camera.js';
import { LightTile } from './tile-light.js';
import { LockTile } from './tile-lock.js';
import { OtherTile, SensorTile } from './tile-sensor.js';
import { ThermostatTile } from './tile-thermostat.js';
import { friendly } from './words.js';

const queryEvery = 5_000;

/** Devices in one QUERY: a large home answers in time. */
const queryMax = 100;

const kinds = [
  ['CameraStream', CameraTile],
  ['LockUnlock', LockTile],
  ['TemperatureSetting', ThermostatTile],
  ['OnOff', LightTile],
  ['TemperatureControl', SensorTile],
  ['SensorState', SensorTile],
  ['HumiditySetting', SensorTile],
];

function tileOf(home, device, signal) {
  const kind = kinds.find(([trait]) => device.traits.includes(`action.devices.traits.${trait}`))?.[1] ?? OtherTile;
  return new kind(home, device, signal);
}

/** Rooms in the order in which the home names them. */
export function roomsOf(devices) {
  const rooms = new Map();
  for (const device of devices) {
    const room = device.roomHint || 'Elsewhere';
    rooms.set(room, [...(rooms.get(room) ?? []), device]);
  }
  return rooms;
}

/** Columns of the widest screen; a room is as wide as it has devices, up to all of them. */
const columns = 4;

/** Rooms in rows without gaps where that can be: each row begins with the next room and takes the largest that fits. */
function inRows(rooms) {
  const width = ([, devices]) => Math.min(devices.length, columns);
  const left = [...rooms];
  const ordered = [];
  while (left.length > 0) {
    let free = columns;
    let next = left[0];
    while (next) {
      ordered.push(next);
      left.splice(left.indexOf(next), 1);
      free -= width(next);
      next = left.filter((room) => width(room) <= free).sort((one, other) => width(other) - width(one))[0];
    }
  }
  return ordered;
}

export class Home {
  /** @param id the home; @param ended called when the bridge says that the link is over */
  constructor(id, ended) {
    this.id = id;
    this.ended = ended;
    this.leaving = new AbortController();
    this.tiles = new Map();
    this.root = el('div', { class: 'rooms', 'data-testid': 'home', 'data-home': id });
    this.root.addEventListener('commanded', () => this.refresh());
    document.addEventListener('visibilitychange', () => document.hidden || this.refresh(), { signal: this.leaving.signal });
  }

  /** Off the screen: what is still under way is not shown anywhere. */
  leave() {
    this.leaving.abort();
    clearTimeout(this.timer);
  }

  async open() {
    this.root.replaceChildren(el('p', { class: 'wait' }, el('span', { class: 'spinner' }), 'Asking your home…'));
    try {
      const devices = await sync(this.id, this.leaving.signal);
      this.show(devices);
      await this.refresh();
    } catch (problem) {
      this.failed(problem);
    }
  }

  show(devices) {
    this.tiles.clear();
    this.root.replaceChildren();
    for (const [room, members] of inRows(roomsOf(devices))) {
      const tiles = members.map((device) => tileOf(this.id, device, this.leaving.signal));
      tiles.forEach((tile) => this.tiles.set(tile.device.id, tile));
      this.root.append(el(
        'section', { class: 'room', 'data-room': room, 'data-size': Math.min(members.length, columns), 'aria-label': room },
        el('h2', {}, room),
        el('div', { class: 'tiles' }, ...tiles.map((tile) => tile.root))));
    }
    if (devices.length === 0) {
      this.root.append(el('p', { class: 'wait' }, 'This home shares no devices with this display.'));
    }
  }

  /** What the states are now; then again in a while. */
  async refresh() {
    clearTimeout(this.timer);
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    const signal = AbortSignal.any([asking.signal, this.leaving.signal]);
    const tiles = [...this.tiles.values()];
    const askedAt = new Map(tiles.map((tile) => [tile, tile.changes]));
    try {
      for (let from = 0; from < tiles.length; from += queryMax) {
        const some = tiles.slice(from, from + queryMax);
        const states = await query(this.id, some.map((tile) => tile.device.id), signal);
        some.forEach((tile) => tile.show(states[tile.device.id] ?? { status: 'ERROR', errorCode: 'transientError' }, askedAt.get(tile)));
      }
    } catch (problem) {
      const code = problem instanceof Problem ? problem.code : 'unreachable';
      if (signal.aborted) {
        return;
      }
      if (code === 'notLinked') {
        this.failed(problem);
        return;
      }
      tiles.forEach((tile) => tile.forget(code));
    }
    if (!signal.aborted) {
      this.timer = setTimeout(() => document.hidden || this.refresh(), queryEvery);
    }
  }

  failed(problem) {
    const code = problem instanceof Problem ? problem.code : 'unreachable';
    if (this.leaving.signal.aborted) {
      return;
    }
    if (code === 'notLinked') {
      this.ended(this.id);
      return;
    }
    this.root.replaceChildren(el(
      'div', { class: 'wait' },
      el('p', {}, friendly(code), ' ', el('small', { class: 'code' }, code)),
      el('button', { class: 'pill primary', type: 'button', onclick: () => this.open() }, 'Try again')));
  }
}
