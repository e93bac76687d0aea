// The page of the receiver: Google's framework and the elements, handed to the receiver's own logic.

import { receive } from './receiver.js';

receive(globalThis.cast.framework, {
  video: document.getElementById('video'),
  show(state, words) {
    document.body.dataset.state = state;
    document.getElementById('words').textContent = words;
  },
});
