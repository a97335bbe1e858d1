// Keys of the whole application. Single letters can be switched off (they may collide with speech input); Ctrl+K cannot.
const off = 'perfdash-single-keys-off';

export function isOn() {
  return localStorage.getItem(off) === null;
}

export function set(on) {
  if (on) localStorage.removeItem(off); else localStorage.setItem(off, '1');
}

export function listen(callbacks) {
  let pending = null;
  const typing = target => target.closest('input, textarea, select, [contenteditable="true"]');
  const pressed = event => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      callbacks.invokeMethodAsync('Pressed', 'search');
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target) || !isOn()) return;
    if (document.querySelector('.mud-dialog')) return;
    if (pending) {
      clearTimeout(pending);
      pending = null;
      callbacks.invokeMethodAsync('Pressed', `go ${event.key.toLowerCase()}`);
      return;
    }
    if (event.key === 'g') pending = setTimeout(() => { pending = null; }, 1500);
    else if (event.key === '?') callbacks.invokeMethodAsync('Pressed', 'help');
    else if (event.key === '/') { event.preventDefault(); callbacks.invokeMethodAsync('Pressed', 'search'); }
    else if (event.key === 'p') callbacks.invokeMethodAsync('Pressed', 'pause');
  };
  document.addEventListener('keydown', pressed);
  return { stop: () => document.removeEventListener('keydown', pressed) };
}
