// A sensor: its values, large. And a device that this display has no controls for: whether it is there.

import { el } from './dom.js';
import { degrees } from './tile-thermostat.js';
import { Tile } from './tiles.js';

const spaced = (name) => name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase().replace(/^./, (letter) => letter.toUpperCase());

/** [what, value] for each thing that the sensor measures. */
function readings(state, device) {
  const found = [];
  if (state.temperatureAmbientCelsius !== undefined) {
    found.push(['Temperature', degrees(state.temperatureAmbientCelsius)]);
  }
  if (state.humidityAmbientPercent !== undefined) {
    found.push(['Humidity', `${state.humidityAmbientPercent} %`]);
  }
  for (const sensor of state.currentSensorStateData ?? []) {
    const unit = device.attributes?.sensorStatesSupported?.find((supported) => supported.name === sensor.name)
      ?.numericCapabilities?.rawValueUnit ?? '';
    const value = sensor.rawValue === undefined ? sensor.currentSensorState : `${sensor.rawValue} ${unit}`.trim();
    found.push([spaced(sensor.name), value ?? 'unknown']);
  }
  return found;
}

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

export class OtherTile extends Tile {
  constructor(home, device, signal) {
    super(home, device, signal, 'other');
    this.paint();
  }

  words() {
    return 'Online · no controls on this display';
  }
}
