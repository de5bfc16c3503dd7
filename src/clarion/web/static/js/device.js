// <div data-device="the installation's public key" data-worker="/sw.js">: says by its [data-state] parts whether this browser can be
// notified; the button asks for permission, subscribes, and hands the subscription in with the form that it stands in.
const place = document.querySelector("[data-device]");
const form = place.querySelector("form");

function show(state) {
  for (const part of place.querySelectorAll("[data-state]")) part.hidden = part.dataset.state !== state;
}

function state() {
  if (!window.isSecureContext) return "insecure";
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return "unsupported";
  return Notification.permission === "denied" ? "denied" : "ready";
}

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const words = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function subscribe() {
  if ((await Notification.requestPermission()) !== "granted") return show(state());
  await navigator.serviceWorker.register(place.dataset.worker);
  const { pushManager } = await navigator.serviceWorker.ready;
  const asked = { userVisibleOnly: true, applicationServerKey: bytes(place.dataset.device) };
  // One that was made with an older key can never be reached again.
  const made = await pushManager.subscribe(asked).catch(async () => {
    await (await pushManager.getSubscription())?.unsubscribe();
    return pushManager.subscribe(asked);
  });
  form.elements.endpoint.value = made.endpoint;
  for (const name of ["p256dh", "auth"]) form.elements[name].value = words(made.getKey(name));
  form.submit();
}

form.querySelector("button").addEventListener("click", () => subscribe().catch(() => show("failed")));
show(state());
