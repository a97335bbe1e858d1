/** Passkeys (WebAuthn): the browser's dialogs around what the server asks for. */

/** Whether this browser can; not on pages without https, but for localhost. */
export const areAvailable = () =>
  window.isSecureContext && typeof window.PublicKeyCredential?.parseRequestOptionsFromJSON === "function";

/** Asks for a passkey to sign in with and returns what the server is to check, as JSON. */
export async function getCredential() {
  const options = await post("/access/passkeys/sign-in-options", {});
  const credential = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  return JSON.stringify(credential);
}

/** Makes a passkey for the account that is signed in. Returns null, or what went wrong. */
export async function addPasskey(name, password) {
  try {
    const options = await post("/access/passkeys/options", { password });
    const credential = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
    await post("/access/passkeys", { name, credential: JSON.stringify(credential) });
    return null;
  } catch (error) {
    return explain(error);
  }
}

/** What went wrong, in words. */
export const explain = (error) =>
  error?.name === "NotAllowedError" ? "Cancelled, or no passkey was chosen in time."
  : error?.name === "InvalidStateError" ? "This device already has a passkey for this account."
  : error?.name === "SecurityError" ? "Browsers make passkeys for host names only: open PerfDash by its name, not by an IP address."
  : error?.message ?? "The browser could not do it.";

async function post(url, body) {
  const response = await fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(Object.values(answer.errors ?? {}).flat().join(" ") || answer.detail || `The server refused (${response.status}).`);
  return answer;
}
