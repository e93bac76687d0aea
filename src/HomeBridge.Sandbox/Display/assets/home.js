// One linked home on the screen: its devices by room. States are pushed; only devices that don't report are asked for theirs.

import { Problem, query, sync } from './api.js';
import { el } from './dom.js';
import { Finder } from './finder.js';
import { follow } from './stream.js';
import { CameraTile } from './tile-camera.js';
import { DeviceTile } from './tile-device.js';
import { LightTile } from './tile-light.js';
import { LockTile } from './tile-lock.js';
import { SensorTile } from './tile-sensor.js';
import { ThermostatTile } from './tile-thermostat.js';
import { show, toast } from './toasts.js';
import { has } from './traits.js';
import { friendly } from './words.js';

const queryEvery = 5_000;

/** A stream that is back sooner than this has hidden nothing. */
const breakShown = 4_000;

/** Devices in one QUERY: a large home answers in time. */
const queryMax = 100;

/** Changes of a home that are named one by one. */
const namedMax = 2;

/** Tiles made for a type, when the device has what they show. The rest is said in words. */
const kinds = [
  [['CAMERA', 'DOORBELL'], 'CameraStream', CameraTile],
  [['LOCK'], 'LockUnlock', LockTile],
  [['THERMOSTAT'], 'TemperatureSetting', ThermostatTile],
  [['LIGHT'], 'OnOff', LightTile],
  [['SENSOR'], 'TemperatureControl', SensorTile],
  [['SENSOR'], 'SensorState', SensorTile],
  [['SENSOR'], 'HumiditySetting', SensorTile],
];

function tileOf(home, device, signal) {
  const type = device.type.split('.').pop();
  const kind = kinds.find(([types, trait]) => types.includes(type) && has(device, trait))?.[2] ?? DeviceTile;
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
  /**
   * @param id the home
   * @param ended called when the bridge says that the link is over
   * @param named called with the rooms, whenever they are known
   */
  constructor(id, ended, named) {
    this.id = id;
    this.ended = ended;
    this.named = named;
    this.leaving = new AbortController();
    this.tiles = new Map();
    this.finder = new Finder(() => this.find());
    this.rooms = el('div', { class: 'rooms' });
    this.root = el('div', { 'data-testid': 'home', 'data-home': id }, this.rooms);
    this.root.addEventListener('commanded', () => this.refresh());
    document.addEventListener('visibilitychange', () => this.look(), { signal: this.leaving.signal });
  }

  /** Off the screen: what is still under way is not shown anywhere. */
  leave() {
    this.leaving.abort();
    clearTimeout(this.timer);
    clearTimeout(this.breaking);
  }

  async open() {
    this.listed = null;
    this.rooms.replaceChildren(el('p', { class: 'wait' }, el('span', { class: 'spinner' }), 'Asking your home…'));
    try {
      await sync(this.id, this.leaving.signal);
      this.look();
    } catch (problem) {
      this.failed(problem);
    }
  }

  /** Follows the home while somebody can see it. A browser has few connections, and a hidden page needs none. */
  look() {
    this.looking?.abort();
    this.looking = new AbortController();
    if (!document.hidden && !this.leaving.signal.aborted) {
      follow(this.id, AbortSignal.any([this.looking.signal, this.leaving.signal]), (name, data) => this.hear(name, data), (code) => this.lost(code));
      if (this.listed) {
        this.refresh();
      }
    }
  }

  hear(name, data) {
    clearTimeout(this.breaking);
    this.breaking = null;
    if (name === 'devices') {
      this.show(data.devices.map(({ device, label }) => ({ ...device, label })));
      for (const { device, state } of data.devices) {
        const tile = this.tiles.get(device.id);
        // What the graph holds of a device that doesn't report is as old as its first QUERY.
        if (device.willReportState || !tile.state) {
          tile.push(state);
        }
      }
    } else if (name === 'states') {
      Object.entries(data.states).forEach(([id, state]) => this.tiles.get(id)?.push(state));
    } else if (name === 'notice') {
      const tile = this.tiles.get(data.notice.device);
      toast(data.notice, tile instanceof CameraTile ? { says: 'Watch', press: () => tile.press() } : undefined);
    } else if (name === 'over') {
      this.failed(new Problem('notLinked'));
    }
  }

  lost(code) {
    if (code === 'notLinked') {
      this.failed(new Problem(code));
      return;
    }
    this.breaking ??= setTimeout(() => this.tiles.forEach((tile) => tile.forget(code)), breakShown);
  }

  /** The devices that there are now. Tiles of those that stayed as they were stay too. */
  show(devices) {
    const described = JSON.stringify(devices);
    if (described === this.listed) {
      return;
    }
    const first = !this.listed;
    this.listed = described;
    const before = this.tiles;
    const focused = this.root.contains(document.activeElement) ? document.activeElement : null;
    this.tiles = new Map();
    for (const device of devices) {
      const known = before.get(device.id);
      this.tiles.set(device.id, known?.described === JSON.stringify(device) ? known : this.tile(device));
    }
    this.lay(devices);
    if (focused?.isConnected) {
      focused.focus();
    }
    this.named(this.id, [...roomsOf(devices).keys()]);
    if (!first) {
      const named = (tiles) => [...tiles].map((tile) => tile.name);
      this.tellOf(named([...this.tiles.values()].filter((tile) => !before.has(tile.device.id))), 'plus', 'Added to this home');
      this.tellOf(named([...before.values()].filter((tile) => !this.tiles.has(tile.device.id))), 'minus', 'No longer in this home');
    }
    this.refresh();
  }

  tile(device) {
    const tile = tileOf(this.id, device, this.leaving.signal);
    tile.described = JSON.stringify(device);
    return tile;
  }

  tellOf(names, shape, says) {
    if (names.length > namedMax) {
      show(shape, `${names.length} devices`, says);
    } else {
      names.forEach((name) => show(shape, name, says));
    }
  }

  lay(devices) {
    const rooms = roomsOf(devices);
    this.finder.offer(rooms);
    const large = !this.finder.root.hidden;
    this.rooms.classList.toggle('many', large);
    this.rooms.replaceChildren();
    for (const [room, members] of large ? rooms : inRows(rooms)) {
      this.rooms.append(el(
        'section', { class: 'room', 'data-room': room, 'data-size': Math.min(members.length, columns), 'aria-label': room },
        el('h2', {}, room),
        el('div', { class: 'tiles' }, ...members.map((device) => this.tiles.get(device.id).root))));
    }
    if (devices.length === 0) {
      this.rooms.append(el('p', { class: 'wait' }, 'This home shares no devices with this display.'));
    }
    this.root.replaceChildren(this.finder.root, this.rooms);
    this.find();
  }

  find() {
    this.finder.apply(this.rooms.querySelectorAll('.room'), this.tiles.values());
  }

  /** The states of devices that don't report theirs; then again in a while. */
  async refresh() {
    clearTimeout(this.timer);
    this.asking?.abort();
    const tiles = [...this.tiles.values()].filter((tile) => !tile.device.willReportState);
    if (tiles.length === 0 || document.hidden) {
      return;
    }
    const asking = new AbortController();
    this.asking = asking;
    const signal = AbortSignal.any([asking.signal, this.leaving.signal]);
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
      this.timer = setTimeout(() => this.refresh(), queryEvery);
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
    this.rooms.replaceChildren(el(
      'div', { class: 'wait' },
      el('p', {}, friendly(code), ' ', el('small', { class: 'code' }, code)),
      el('button', { class: 'pill primary', type: 'button', onclick: () => this.open() }, 'Try again')));
  }
}
