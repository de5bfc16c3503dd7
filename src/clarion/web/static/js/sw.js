// The service worker: shows what is pushed, and leads to it. It keeps no page and answers no request.
self.addEventListener("push", (event) => {
  const told = event.data?.json() ?? {};
  const { title = "Clarion", body, tag, lang, dir, address } = told;
  event.waitUntil(self.registration.showNotification(title, { body, tag, lang, dir, renotify: Boolean(tag), data: { address } }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const address = new URL(event.notification.data?.address || "/notifications", self.location.origin);
  if (address.origin === self.location.origin) event.waitUntil(lead(address.href));
});

async function lead(address) {
  const [open] = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const shown = await open?.navigate(address).catch(() => null);
  return shown ? shown.focus() : self.clients.openWindow(address);
}
