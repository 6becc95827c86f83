// Notifications of this browser, for one vendor. The page says how it stands; everything else on it works without this.
(() => {
  "use strict";
  const box = document.getElementById("push");
  if (!box) return;
  const said = document.getElementById("push-said");
  const start = document.getElementById("push-start");
  const stop = document.getElementById("push-stop");
  const leave = document.getElementById("push-leave");
  const { key, action, worker, slug } = box.dataset;
  const kept = `tocsin.push.${slug}`;

  // Where a subscription is ended; a browser may refuse to remember it.
  const memory = {
    get: () => { try { return localStorage.getItem(kept); } catch { return null; } },
    set: (path) => { try { localStorage.setItem(kept, path); } catch { /* it still works until the page is closed */ } },
    forget: () => { try { localStorage.removeItem(kept); } catch { /* it was not kept */ } },
    others: () => { try { return Object.keys(localStorage).some((name) => name.startsWith("tocsin.push.") && name !== kept); } catch { return true; } },
  };
  let path = memory.get();

  const bytes = (text) => {
    const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  };
  const show = (text, subscribed) => {
    said.textContent = text;
    start.hidden = subscribed;
    stop.hidden = !subscribed;
    leave.hidden = !subscribed;
    if (subscribed && path) leave.href = path;
  };
  const never = (text) => {
    said.textContent = text;
    for (const one of [start, stop, leave]) one.hidden = true;
  };
  const busy = async (button, act) => {
    button.disabled = true;
    try {
      await act();
    } catch (error) {
      said.textContent = error instanceof TypeError ? "That did not work: the service cannot be reached. Try again." : `That did not work: ${error.message}`;
    }
    button.disabled = false;
  };

  const subscribe = async () => {
    if ((await Notification.requestPermission()) !== "granted") {
      show("This browser does not allow notifications of this site. Change that in its settings, then try again.", false);
      return;
    }
    const registration = await navigator.serviceWorker.register(worker, { scope: "/static/" });
    const ready = await active(registration);
    const wanted = { userVisibleOnly: true, applicationServerKey: bytes(key) };
    let subscription;
    try {
      subscription = await ready.pushManager.subscribe(wanted);
    } catch (error) {
      // It was made for another key: that of this service as it was.
      if (error.name !== "InvalidStateError") throw error;
      await (await ready.pushManager.getSubscription())?.unsubscribe();
      subscription = await ready.pushManager.subscribe(wanted);
    }
    const answer = await fetch(action, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(subscription) });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.detail || `the answer was ${answer.status}`);
    path = told.unsubscribe;
    memory.set(path);
    show("This browser is notified.", true);
  };

  // A worker that was just fetched takes a moment to start.
  const active = (registration) => new Promise((resolve, reject) => {
    if (registration.active) return resolve(registration);
    const fresh = registration.installing || registration.waiting;
    fresh.addEventListener("statechange", () => {
      if (fresh.state === "activated") resolve(registration);
      if (fresh.state === "redundant") reject(new Error("the browser did not take the worker."));
    });
  });

  const unsubscribe = async () => {
    if (path) {
      const answer = await fetch(path, { method: "POST" });
      if (!answer.ok && answer.status !== 404) throw new Error(`the answer was ${answer.status}`);
    }
    memory.forget();
    if (!memory.others()) {
      const registration = await navigator.serviceWorker.getRegistration("/static/");
      await (await registration?.pushManager.getSubscription())?.unsubscribe();
    }
    path = null;
    show("This browser is not notified any more.", false);
  };

  if (!window.isSecureContext) {
    never("Browsers take notifications by https only: open this service at its https address.");
  } else if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) {
    never("This browser knows no notifications from sites.");
  } else {
    start.addEventListener("click", () => busy(start, subscribe));
    stop.addEventListener("click", () => busy(stop, unsubscribe));
    if (path && Notification.permission === "granted") show("This browser is notified.", true);
    else show("A notification when something begins, changes or ends. No address is needed.", false);
  }
})();
