/** The passkey button of the sign-in page, shown where the browser can. */
import { areAvailable, explain, getCredential } from "./passkeys.js";

const form = document.querySelector("[data-passkey]");
if (form && areAvailable()) {
  form.hidden = false;
  form.addEventListener("submit", async (submit) => {
    submit.preventDefault();
    const error = form.querySelector("[role=alert]");
    error.hidden = true;
    try {
      form.elements.credential.value = await getCredential();
      form.submit();
    } catch (reason) {
      error.textContent = explain(reason);
      error.hidden = false;
    }
  });
}
