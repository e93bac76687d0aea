// Finds devices in a large home: by room, or by what somebody types.

import { el } from './dom.js';

/** From so many devices on, scrolling is no way to find one. */
const largeFrom = 30;

export class Finder {
  constructor(changed) {
    this.room = null;
    this.rooms = el('div', { class: 'chips', role: 'group', 'aria-label': 'Rooms' });
    this.input = el('input', {
      type: 'search', class: 'find', 'data-testid': 'find', placeholder: 'Find a device', 'aria-label': 'Find a device', autocomplete: 'off',
      oninput: () => changed(),
    });
    this.count = el('p', { class: 'count', role: 'status' });
    this.changed = changed;
    this.root = el('div', { class: 'finder', 'data-testid': 'finder' }, this.input, this.rooms, this.count);
  }

  /** @param rooms room to its devices */
  offer(rooms) {
    this.all = [...rooms.values()].reduce((sum, devices) => sum + devices.length, 0);
    this.root.hidden = this.all < largeFrom;
    if (this.root.hidden || !rooms.has(this.room)) {
      this.room = null;
    }
    if (this.root.hidden) {
      this.input.value = '';
    }
    this.rooms.replaceChildren(this.chip('All', null), ...[...rooms.keys()].sort((one, other) => one.localeCompare(other)).map((room) => this.chip(room, room)));
  }

  chip(says, room) {
    return el(
      'button',
      {
        class: 'chip', type: 'button', 'data-room': room ?? '', 'aria-pressed': String(this.room === room),
        onclick: (event) => {
          this.room = room;
          for (const chip of this.rooms.children) {
            chip.setAttribute('aria-pressed', String(chip === event.currentTarget));
          }
          this.changed();
        },
      },
      says);
  }

  /** Hides what is not looked for. */
  apply(sections, tiles) {
    const words = this.input.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const tile of tiles) {
      const text = `${tile.name} ${tile.device.label ?? ''} ${tile.device.roomHint ?? ''}`.toLowerCase();
      const inRoom = this.room === null || tile.root.closest('.room')?.dataset.room === this.room;
      tile.root.hidden = !inRoom || !words.every((word) => text.includes(word));
      shown += tile.root.hidden ? 0 : 1;
    }
    for (const section of sections) {
      section.hidden = !section.querySelector('.tile:not([hidden])');
    }
    this.count.textContent = shown === this.all ? `${shown} devices` : shown === 0 ? 'No device is called that' : `${shown} of ${this.all} devices`;
  }
}
