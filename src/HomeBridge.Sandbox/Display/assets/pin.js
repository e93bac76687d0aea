// Asks for a PIN. It goes into the command that asked for it and nowhere else: the field is emptied each time.

import { byId, el, icon } from './dom.js';

const dialog = byId('pin');
const form = byId('pin-form');
const input = byId('pin-input');
const message = byId('pin-message');
const submit = byId('pin-submit');
const keypad = byId('pin-keypad');

for (const key of ['1', '2', '3', '4', '5', '6', '7', '8', '9', 'clear', '0', 'back']) {
  keypad.append(keyButton(key));
}

function keyButton(key) {
  const press = {
    clear: () => '',
    back: () => input.value.slice(0, -1),
  }[key] ?? (() => input.value + key);
  const label = { clear: 'Clear', back: 'Delete the last digit' }[key];
  return el(
    'button',
    { type: 'button', class: 'key', 'aria-label': label, onclick: () => { input.value = press().slice(0, input.maxLength); } },
    key === 'back' ? icon('backspace') : key === 'clear' ? 'C' : key);
}

/**
 * Asks until the PIN is settled or somebody gives up.
 * @param verb what the right PIN does
 * @param tryPin answers { settled, says, code }
 */
export function askPin(title, verb, signal, tryPin) {
  byId('pin-title').textContent = title;
  submit.textContent = verb;
  const asking = new AbortController();
  const until = { signal: asking.signal };
  message.replaceChildren();
  input.value = '';
  dialog.showModal();
  input.focus();
  return new Promise((done) => {
    const close = () => dialog.close();
    signal.addEventListener('abort', close, until);
    byId('pin-cancel').addEventListener('click', close, until);
    dialog.addEventListener('close', () => {
      input.value = '';
      asking.abort();
      done();
    }, until);
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      if (submit.disabled) {
        return;
      }
      submit.disabled = true;
      submit.textContent = 'Checking…';
      const pin = input.value;
      input.value = '';
      const { settled, says, code } = await tryPin(pin);
      submit.disabled = false;
      submit.textContent = verb;
      if (settled) {
        dialog.close();
      } else if (dialog.open) {
        message.replaceChildren(says, ' ', el('small', { class: 'code' }, code));
        input.focus();
      }
    }, until);
  });
}
