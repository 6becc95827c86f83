// In the desk's own widget: the weather between it and the desk, and what it said and was granted, noted at the page around.

{
  const note = (what) => top.postMessage({ noted: { at: Date.now(), ...what } }, "*");
  const real = window.fetch.bind(window);
  window.fetch = async (address, how = {}) => {
    const path = String(address).split("?")[0];
    if (path === "/voice/report") note({ reported: JSON.parse(how.body) });
    // That a widget listens to is a connection, and not lost by the message.
    const isStormy = Date.now() < plan.calm && path !== "/voice/events";
    if (isStormy) await new Promise((resolve) => setTimeout(resolve, dice() * plan.delay));
    if (isStormy && dice() * 100 < plan.loss) throw new TypeError("lost on the way there");
    const reply = await real(address, how);
    if (path === "/voice/lease" && reply.ok) note({ asked: JSON.parse(how.body), outcome: (await reply.clone().json()).outcome });
    if (isStormy && dice() * 100 < plan.loss) throw new TypeError("lost on the way back");
    return reply;
  };
  addEventListener("message", ({ data }) => data.loads === "again" && location.reload());
}
