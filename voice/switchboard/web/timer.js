// A worker's timers run on time where those of a page in the background are held back for up to a minute.

let timer = null;

onmessage = ({ data }) => {
  clearTimeout(timer);
  timer = setTimeout(() => postMessage(null), data);
};
