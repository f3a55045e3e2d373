// The worker behind pulse.js.
setInterval(() => postMessage(0), 250);
