// Keeps a page alive with nobody at the keyboard. When the server is gone, the page says so and how old its data is, and asks
// again until the server is back: it goes on where the server still knows it, and reloads where it does not (after a restart,
// or when a phone comes back after minutes).
(() => {
  const mostReloads = 8;
  const reloadWindowMs = 10 * 60_000;
  const longestPauseMs = 30_000;
  const hiddenLongMs = 20_000;
  const pingTimeoutMs = 6_000;
  const startTimeoutMs = 60_000;
  const storageKey = 'perfdash-reloads';

  const notice = document.getElementById('connection-notice');
  const words = notice.querySelector('[data-words]');
  let isLost = false;
  let wake = () => { };

  const pause = ms => new Promise(resolve => {
    wake = resolve;
    setTimeout(resolve, ms);
  });

  // Grows up to half a minute; spread, so that not all pages come back in the same moment.
  const pauseOf = attempt => Math.min(500 * 2 ** attempt, longestPauseMs) * (0.8 + 0.4 * Math.random());

  function moment(date) {
    const text = date.toISOString();
    return text.slice(0, 10) === new Date().toISOString().slice(0, 10) ? `${text.slice(11, 19)} UTC` : `${text.slice(0, 10)} ${text.slice(11, 16)} UTC`;
  }

  function lastData() {
    const times = [...document.querySelectorAll('[data-loaded-at]')].map(e => Date.parse(e.dateTime)).filter(Number.isFinite);
    return times.length > 0 ? ` Last data ${moment(new Date(Math.max(...times)))}.` : '';
  }

  function show(state) {
    isLost = true;
    document.documentElement.dataset.connection = 'lost';
    document.querySelector('.live-mark')?.setAttribute('aria-hidden', 'true');
    words.textContent = state + lastData();
    notice.hidden = false;
  }

  function hide() {
    isLost = false;
    delete document.documentElement.dataset.connection;
    document.querySelector('.live-mark')?.removeAttribute('aria-hidden');
    notice.hidden = true;
    wake();
  }

  async function answers(address) {
    try {
      return (await fetch(address, { cache: 'no-store', signal: AbortSignal.timeout(5_000) })).ok;
    } catch {
      return false;
    }
  }

  async function reconnect() {
    if (isLost) {
      return;
    }
    show('Reconnecting…');
    for (let attempt = 0; isLost; attempt++) {
      await pause(pauseOf(attempt));
      if (!isLost || !await answers('/health/live')) {
        continue;
      }
      try {
        // False: the server is there and no longer knows this page.
        if (await Blazor.reconnect()) {
          return;
        }
      } catch {
        if (attempt < 3) {
          continue;
        }
      }
      await reload();
    }
  }

  // The first reload comes at once, each further one within ten minutes waits twice as long, and there are eight at most.
  async function reload() {
    while (isLost) {
      const now = Date.now();
      const past = JSON.parse(sessionStorage.getItem(storageKey) ?? '[]').filter(t => now - t < reloadWindowMs);
      const earliest = past.length === 0 ? now : past.length < mostReloads ? past.at(-1) + 1000 * 2 ** past.length : past[0] + reloadWindowMs;
      if (now < earliest) {
        show(`This page reloads at ${moment(new Date(earliest))}.`);
        await pause(earliest - now);
      } else if (await answers(location.href)) {
        sessionStorage.setItem(storageKey, JSON.stringify([...past, now]));
        location.reload();
        return;
      } else {
        await pause(pauseOf(past.length + 2));
      }
    }
  }

  function replace(state) {
    if (!isLost) {
      show(state);
      reload();
    }
  }

  // A connection that died while nobody looked is noticed by the framework only after half a minute.
  async function check() {
    if (isLost) {
      wake();
      return;
    }
    const timedOut = new Promise(resolve => setTimeout(() => resolve(false), pingTimeoutMs));
    const answer = DotNet.invokeMethodAsync('PerfDash.Web', 'Ping').then(() => true, () => false);
    if (!await Promise.race([answer, timedOut])) {
      replace('Reconnecting…');
    }
  }

  let hiddenAt = Infinity;
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      hiddenAt = Date.now();
    } else if (isLost || Date.now() - hiddenAt > hiddenLongMs) {
      check();
    }
  });
  window.addEventListener('pageshow', e => e.persisted && check());
  window.addEventListener('online', () => wake());
  notice.querySelector('[data-retry]').addEventListener('click', () => wake());
  notice.querySelector('[data-reload]').addEventListener('click', () => location.reload());

  // The framework shows this element when a page fails on the server, or never began.
  new MutationObserver(() => replace('This page failed on the server and is loaded again.'))
    .observe(document.getElementById('blazor-error-ui'), { attributes: true });
  setTimeout(() => document.querySelector('.app-loading')?.checkVisibility() && replace('This page did not start and is loaded again.'), startTimeoutMs);

  Blazor.start({ circuit: { reconnectionHandler: { onConnectionDown: reconnect, onConnectionUp: hide } } });
})();
