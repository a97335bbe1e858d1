// The framework's router follows a link within the page by scrolling alone: the keyboard has to arrive as well.
document.addEventListener('click', event => {
  if (event.target.closest('.skip-link')) {
    event.preventDefault();
    document.getElementById('content').focus();
  }
}, true);
