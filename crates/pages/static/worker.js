// What a browser does with a message while none of our pages is open: it shows it, and opens what it is about.
"use strict";
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data?.json() ?? {};
  } catch { /* it is not from us, but the browser wants something shown */ }
  const { title = "Tocsin", body = "", tag, url = "/", rings = false, at } = told;
  event.waitUntil(self.registration.showNotification(title, {
    body, icon: "/static/icon.svg", data: { url }, tag, renotify: Boolean(tag && rings),
    timestamp: at ? Date.parse(at) : undefined,
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const there = new URL(event.notification.data?.url ?? "/", self.location.origin).href;
  event.waitUntil((async () => {
    const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const same = open.find((one) => one.url === there);
    return same ? same.focus() : self.clients.openWindow(there);
  })());
});
