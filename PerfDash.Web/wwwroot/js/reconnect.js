// Buttons of the reconnect notice. The framework shows and hides the notice by classes on its element.
document.addEventListener('click', async event => {
  if (event.target.closest('[data-reload]')) {
    location.reload();
  } else if (event.target.closest('[data-reconnect]')) {
    // False: the server answered, but no longer knows this circuit.
    if (!await Blazor.reconnect()) {
      location.reload();
    }
  }
});
