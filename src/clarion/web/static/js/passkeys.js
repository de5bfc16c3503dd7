// Passkeys: a form with data-passkey="create" or "get" asks the device and sends its answer (Web Authentication, level 3).
// The options stand in the page as JSON, or are fetched from data-options where nobody is known yet.
const able = "PublicKeyCredential" in window && isSecureContext;

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function opened(options) {
  const known = (list) => list?.map((one) => ({ ...one, id: bytes(one.id) }));
  const key = { ...options, challenge: bytes(options.challenge) };
  if (key.user) key.user = { ...key.user, id: bytes(key.user.id) };
  if (key.excludeCredentials) key.excludeCredentials = known(key.excludeCredentials);
  if (key.allowCredentials) key.allowCredentials = known(key.allowCredentials);
  return key;
}

function written(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return {
    id: credential.id, rawId: text(credential.rawId), type: credential.type, response,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

async function options(form) {
  if (!form.dataset.options) return JSON.parse(document.getElementById("passkey-options").textContent);
  const answer = await fetch(form.dataset.options, { headers: { "X-Requested-With": "XMLHttpRequest" } });
  return answer.json();
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.hidden = !able;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const failed = form.querySelector("[data-failed]");
    failed.hidden = true;
    try {
      const given = Object.values(await options(form))[0];
      const asked = { publicKey: opened(given.publicKey) };
      const make = form.dataset.passkey === "create";
      const credential = await (make ? navigator.credentials.create(asked) : navigator.credentials.get(asked));
      form.elements.credential.value = JSON.stringify(written(credential));
      form.submit();
    } catch {
      failed.hidden = false;
    }
  });
}
for (const note of document.querySelectorAll("[data-passkey-not]")) note.hidden = able;
