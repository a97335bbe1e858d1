export function keep(cookie, choice) {
  document.documentElement.dataset.theme = choice;
  document.cookie = `${cookie}=${choice}; path=/; max-age=31536000; samesite=lax`;
}
