// Passkeys: signing in at the log-in page, adding one at the person's own page.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const withId = (one) => ({ ...one, id: bytes(one.id) });

async function send(url, body) {
  const headers = { Accept: "application/json", "Content-Type": "application/json" };
  if (document.body.dataset.csrf) headers["X-CSRF-Token"] = document.body.dataset.csrf;
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body ?? {}) });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  return answer.json();
}

// What the browser made, as the server reads it; older browsers have no toJSON of their own.
function plain(made) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (made.response[name]) response[name] = text(made.response[name]);
  }
  return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: {} });
}

async function signIn() {
  const asked = await send("/login/passkey/begin");
  const made = await navigator.credentials.get({
    publicKey: { ...asked, challenge: bytes(asked.challenge), allowCredentials: (asked.allowCredentials ?? []).map(withId) },
  });
  location.assign((await send("/login/passkey", { credential: plain(made) })).home);
}

async function add(label, password) {
  const asked = await send("/passkeys/begin", { password });
  const made = await navigator.credentials.create({
    publicKey: {
      ...asked, challenge: bytes(asked.challenge), user: withId(asked.user),
      excludeCredentials: (asked.excludeCredentials ?? []).map(withId),
    },
  });
  location.assign((await send("/passkeys", { credential: plain(made), label })).home);
}

function tried(act) {
  const trouble = document.getElementById("passkey-trouble");
  trouble.hidden = true;
  act().catch((error) => {
    // Who closes the browser's own window has changed their mind: nothing went wrong.
    if (error.name === "NotAllowedError" || error.name === "AbortError") return;
    trouble.textContent = trouble.dataset.refused;
    trouble.hidden = false;
  });
}

const button = document.getElementById("by-passkey");
if (button && window.PublicKeyCredential) {
  button.hidden = false;
  button.addEventListener("click", () => tried(signIn));
}
const form = document.getElementById("new-passkey");
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  tried(() => add(form.elements.label.value, form.elements.password.value));
});
