// Plays an exported wall: every tile is drawn from its own sheet of frames, all of them by one clock.
"use strict";
(() => {
  const byId = (name) => document.getElementById(name);
  const wall = byId("wall"), play = byId("play"), time = byId("time"), speed = byId("speed"), repeat = byId("repeat"), said = byId("said");
  const length = Number(wall.dataset.frames), fps = Number(wall.dataset.fps), past = Number(wall.dataset.past);
  let tiles = [];
  let at = -1; // the frame that is shown
  let playing = false;
  let began = 0; // when frame 0 would have been shown, in ms of the clock

  const frameMs = () => 1000 / (fps * Number(speed.value));

  function show(frame) {
    at = Math.max(0, Math.min(length - 1, frame));
    for (const tile of tiles) {
      const t = Math.min(at, tile.frames - 1); // a clip that has ended holds its last frame
      if (tile.shown !== t) {
        tile.shown = t;
        const x = (t % tile.columns) * tile.width, y = Math.floor(t / tile.columns) * tile.height;
        tile.pen.drawImage(tile.sheet, x, y, tile.width, tile.height, 0, 0, tile.width, tile.height);
      }
      if (tile.border) {
        tile.figure.classList.toggle("given", at < tile.past);
        tile.figure.classList.toggle("imagined", at >= tile.past);
      }
    }
    time.value = at;
    const words = `Frame ${at + 1} of ${length} · ${at < past ? "given" : "imagined"}`;
    time.setAttribute("aria-valuetext", words);
    said.textContent = words;
  }

  function set(on) {
    if (on && at === length - 1 && !repeat.checked) show(0);
    playing = on;
    play.textContent = on ? "Pause" : "Play";
    if (on) {
      began = performance.now() - at * frameMs();
      requestAnimationFrame(tick);
    }
  }

  function tick(now) {
    if (!playing) return;
    let frame = Math.floor((now - began) / frameMs());
    if (frame >= length && !repeat.checked) {
      show(length - 1);
      set(false);
      return;
    }
    if (frame >= length) {
      began += Math.floor(frame / length) * length * frameMs();
      frame %= length;
    }
    if (frame >= 0 && frame !== at) show(frame); // the clock of a picture may lie just before the one it was begun by
    requestAnimationFrame(tick);
  }

  function go(frame) {
    set(false);
    show(frame);
  }

  function onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const own = event.key === " " ? "button, select, [type=checkbox]" : "select"; // what does something with it itself
    if (event.target instanceof Element && event.target.closest(own)) return;
    if (event.key === " ") set(!playing);
    else if (event.key === "ArrowLeft") go(at - 1);
    else if (event.key === "ArrowRight") go(at + 1);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(length - 1);
    else return;
    event.preventDefault();
  }

  async function opened(figure) {
    const image = figure.querySelector(".sheet"), canvas = document.createElement("canvas");
    const [frames, columns, width, height, past] = ["frames", "columns", "width", "height", "past"].map((name) => Number(figure.dataset[name]));
    canvas.width = width;
    canvas.height = height;
    canvas.style.width = `${width * Number(wall.dataset.scale)}px`;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", image.alt);
    await image.decode();
    const sheet = await createImageBitmap(image, { colorSpaceConversion: "none" });
    image.replaceWith(canvas);
    return { figure, sheet, frames, columns, width, height, past, border: "border" in figure.dataset, pen: canvas.getContext("2d"), shown: -1 };
  }

  play.addEventListener("click", () => set(!playing));
  byId("back").addEventListener("click", () => go(at - 1));
  byId("forward").addEventListener("click", () => go(at + 1));
  time.addEventListener("input", () => go(Number(time.value)));
  speed.addEventListener("change", () => { began = performance.now() - at * frameMs(); });

  Promise.all([...wall.querySelectorAll("figure")].map(opened)).then((all) => {
    tiles = all;
    byId("bar").hidden = false;
    document.addEventListener("keydown", onKey);
    show(0);
    set(!matchMedia("(prefers-reduced-motion: reduce)").matches && length > 1);
  }).catch(() => { byId("trouble").hidden = false; });
})();
