// What each trait says of a device, in words for a tile.

const short = (name) => name.split('.').pop();
export const has = (device, trait) => device.traits.some((name) => short(name) === trait);

export const spaced = (name) => String(name).replaceAll('_', ' ').replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase().replace(/^./, (letter) => letter.toUpperCase());

export const degrees = (value) => `${Number(value).toFixed(1)} °C`;
const percent = (value) => `${Math.round(value)} %`;

export function duration(seconds) {
  const minutes = Math.round(seconds / 60);
  return seconds < 90 ? `${seconds} s` : minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A name that people use, from the lists in which attributes keep synonyms by language. */
function named(list, key, value, values, synonyms) {
  const found = list?.find((one) => one[key] === value)?.[values];
  const spoken = found?.find((one) => one.lang?.startsWith('en')) ?? found?.[0];
  return spoken?.[synonyms]?.[0] ?? spaced(value);
}

export const modes = {
  heat: 'Heating', cool: 'Cooling', off: 'Off', auto: 'Automatic', heatcool: 'Heating and cooling', eco: 'Eco', 'fan-only': 'Fan only',
  dry: 'Drying', purifier: 'Purifying', on: 'On', none: 'No mode',
};

const units = { PERCENTAGE: '%', SECONDS: 's', MILES: 'mi', KILOMETERS: 'km', KILOWATT_HOURS: 'kWh', PARTS_PER_MILLION: 'ppm', MICROGRAMS_PER_CUBIC_METER: 'µg/m³' };

function goal(state) {
  const { thermostatTemperatureSetpoint: one, thermostatTemperatureSetpointLow: low, thermostatTemperatureSetpointHigh: high } = state;
  return state.thermostatMode === 'off' ? '' : one !== undefined ? ` to ${degrees(one)}` : low !== undefined ? ` ${degrees(low)} to ${degrees(high)}` : '';
}

function opening(open) {
  return open === 0 ? 'Closed' : open === 100 ? 'Open' : `Open ${percent(open)}`;
}

/** [what, value] for each thing that a sensor measures. */
export function readings(state, device) {
  const found = [];
  if (state.temperatureAmbientCelsius !== undefined) {
    found.push(['Temperature', degrees(state.temperatureAmbientCelsius)]);
  }
  if (state.humidityAmbientPercent !== undefined) {
    found.push(['Humidity', percent(state.humidityAmbientPercent)]);
  }
  for (const sensor of state.currentSensorStateData ?? []) {
    const unit = device.attributes?.sensorStatesSupported?.find((supported) => supported.name === sensor.name)?.numericCapabilities?.rawValueUnit ?? '';
    const value = sensor.rawValue === undefined ? sensor.currentSensorState && spaced(sensor.currentSensorState) : `${sensor.rawValue} ${units[unit] ?? unit}`.trim();
    found.push([spaced(sensor.name), value ?? 'unknown']);
  }
  return found;
}

const isSet = (value) => value !== undefined && value !== null && value !== '';

/** In the order in which somebody would want to know it. Each answers with words, several of them, or nothing. */
const sayings = {
  StatusReport: (s) => s.currentStatusReport?.map((report) => spaced(report.statusCode ?? '')).filter((code) => code && code !== 'No issues reported'),
  ArmDisarm: (s, a) => s.isArmed === undefined ? null
    : s.isArmed ? `Armed${isSet(s.currentArmLevel) ? `: ${named(a.availableArmLevels?.levels, 'level_name', s.currentArmLevel, 'level_values', 'level_synonym')}` : ''}` : 'Disarmed',
  LockUnlock: (s) => s.isJammed ? 'Jammed' : s.isLocked === undefined ? null : s.isLocked ? 'Locked' : 'Unlocked',
  OpenClose: (s) => s.openPercent !== undefined ? opening(s.openPercent) : s.openState?.map((one) => `${spaced(one.openDirection)}: ${opening(one.openPercent)}`),
  OnOff: (s) => s.on === undefined ? null : s.on ? 'On' : 'Off',
  Brightness: (s) => s.brightness !== undefined && s.on !== false ? percent(s.brightness) : null,
  ColorSetting: (s) => s.on === false ? null : s.color?.temperatureK ? `${s.color.temperatureK} K` : s.color?.spectrumRgb !== undefined
    ? `#${s.color.spectrumRgb.toString(16).padStart(6, '0')}` : s.color?.spectrumHsv ? `Hue ${Math.round(s.color.spectrumHsv.hue ?? 0)}°` : null,
  LightEffects: (s) => s.activeLightEffect && spaced(s.activeLightEffect),
  StartStop: (s) => s.isRunning === undefined ? null : s.isPaused ? 'Paused' : s.isRunning ? `Running${s.activeZones?.length ? `: ${s.activeZones.join(', ')}` : ''}` : 'Stopped',
  RunCycle: (s) => s.currentRunCycle?.[0] && `${spaced(s.currentRunCycle[0].currentCycle)}, ${duration(s.currentTotalRemainingTime ?? 0)} left`,
  Dock: (s) => s.isDocked === undefined ? null : s.isDocked ? 'Docked' : 'Not docked',
  TemperatureSetting: (s) => [
    s.thermostatMode && `${modes[s.thermostatMode] ?? spaced(s.thermostatMode)}${goal(s)}`,
    s.thermostatTemperatureAmbient !== undefined && `${degrees(s.thermostatTemperatureAmbient)} now`,
  ],
  TemperatureControl: (s) => [
    s.temperatureSetpointCelsius !== undefined && `Set to ${degrees(s.temperatureSetpointCelsius)}`,
    s.temperatureAmbientCelsius !== undefined && `${degrees(s.temperatureAmbientCelsius)} now`,
  ],
  HumiditySetting: (s) => [
    s.humiditySetpointPercent !== undefined && `Set to ${percent(s.humiditySetpointPercent)} humidity`,
    s.humidityAmbientPercent !== undefined && `${percent(s.humidityAmbientPercent)} humidity now`,
  ],
  FanSpeed: (s, a) => isSet(s.currentFanSpeedSetting) ? `Fan ${named(a.availableFanSpeeds?.speeds, 'speed_name', s.currentFanSpeedSetting, 'speed_values', 'speed_synonym')}`
    : s.currentFanSpeedPercent !== undefined ? `Fan ${percent(s.currentFanSpeedPercent)}` : null,
  Fill: (s) => s.isFilled === undefined ? null : s.currentFillPercent !== undefined ? `Filled ${percent(s.currentFillPercent)}` : s.isFilled ? 'Filled' : 'Not filled',
  Cook: (s) => isSet(s.currentCookingMode) && s.currentCookingMode !== 'NONE'
    ? `${spaced(s.currentCookingMode)}${isSet(s.currentFoodPreset) && s.currentFoodPreset !== 'NONE' ? `: ${spaced(s.currentFoodPreset)}` : ''}` : 'Not cooking',
  Timer: (s) => s.timerRemainingSec === undefined ? null : s.timerRemainingSec < 0 ? 'No timer' : `${duration(s.timerRemainingSec)} on the timer${s.timerPaused ? ', paused' : ''}`,
  Dispense: (s) => s.dispenseItems?.map((item) => item.isCurrentlyDispensing ? `Dispensing ${spaced(item.itemName)}`
    : item.amountRemaining ? `${spaced(item.itemName)}: ${item.amountRemaining.amount} ${spaced(item.amountRemaining.unit ?? '').toLowerCase()} left` : null),
  EnergyStorage: (s) => [
    s.capacityRemaining?.[0] ? `Charge ${s.capacityRemaining[0].rawValue} ${units[s.capacityRemaining[0].unit] ?? ''}` : s.descriptiveCapacityRemaining && `Charge ${spaced(s.descriptiveCapacityRemaining).toLowerCase()}`,
    s.isCharging && 'Charging',
  ],
  MediaState: (s) => s.playbackState ? spaced(s.playbackState) : s.activityState && spaced(s.activityState),
  AppSelector: (s, a) => isSet(s.currentApplication) ? named(a.availableApplications, 'key', s.currentApplication, 'names', 'name_synonym') : null,
  InputSelector: (s, a) => isSet(s.currentInput) ? named(a.availableInputs, 'key', s.currentInput, 'names', 'name_synonym') : null,
  Volume: (s) => s.isMuted ? 'Muted' : s.currentVolume === undefined ? null : `Volume ${s.currentVolume}`,
  Rotation: (s) => s.rotationPercent !== undefined ? `Turned ${percent(s.rotationPercent)}` : s.rotationDegrees !== undefined ? `Turned ${Math.round(s.rotationDegrees)}°` : null,
  Modes: (s, a) => Object.entries(s.currentModeSettings ?? {}).map(([mode, setting]) => {
    const known = a.availableModes?.find((one) => one.name === mode);
    return `${named(a.availableModes, 'name', mode, 'name_values', 'name_synonym')}: ${named(known?.settings, 'setting_name', setting, 'setting_values', 'setting_synonym')}`;
  }),
  Toggles: (s, a) => Object.entries(s.currentToggleSettings ?? {}).map(([toggle, on]) => `${named(a.availableToggles, 'name', toggle, 'name_values', 'name_synonym')} ${on ? 'on' : 'off'}`),
  SensorState: (s, a) => readings({ currentSensorStateData: s.currentSensorStateData }, { attributes: a }).map(([what, value]) => `${what} ${value}`),
  OccupancySensing: (s) => ({ OCCUPIED: 'Somebody is there', UNOCCUPIED: 'Nobody is there', UNKNOWN_OCCUPANCY_STATE: 'Not known who is there' })[s.occupancy],
  NetworkControl: (s) => [
    s.networkEnabled === undefined ? null : s.networkEnabled ? 'Network on' : 'Network off',
    s.numConnectedDevices !== undefined && `${s.numConnectedDevices} connected`,
    s.guestNetworkEnabled && 'Guest network on',
  ],
  SoftwareUpdate: (s) => s.lastSoftwareUpdateUnixTimestampSec ? `Updated ${new Date(s.lastSoftwareUpdateUnixTimestampSec * 1000).toLocaleDateString()}` : null,
};

const wordsMax = 4;

/** The main states of a device in one line. */
export function summary(state, device) {
  const said = Object.entries(sayings)
    .filter(([trait]) => has(device, trait))
    .flatMap(([, says]) => says(state, device.attributes ?? {}) ?? [])
    .filter(Boolean);
  return said.length > 0 ? said.slice(0, wordsMax).join(' · ') : 'Online';
}
