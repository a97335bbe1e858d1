// Kept in cookies, so that the first byte of a page is already right.
export function keep(cookie, value) {
  const [prefix, secure] = location.protocol === "https:" ? ["__Host-", "; secure"] : ["", ""];
  document.cookie = `${prefix}${cookie}=${value}; path=/; max-age=31536000; samesite=lax${secure}`;
}

export function keepTheme(cookie, choice) {
  document.documentElement.dataset.theme = choice;
  keep(cookie, choice);
}

export function systemIsDark() {
  return window.matchMedia("(prefers-color-scheme: dark)").matches;
}
