/* The recording's player: play, jump, speed, the strip, and the transcript turn that is being spoken. */
(() => {
  "use strict";
  const SPEEDS = [0.75, 1, 1.25, 1.5, 1.75, 2];
  const pad = (n) => String(n).padStart(2, "0");
  const worded = (seconds) => `${Math.floor(seconds / 60)}:${pad(Math.floor(seconds) % 60)}`;
  const playerOf = (element) => element.closest?.("[data-player]") || document.querySelector("[data-player]");
  const audioOf = (player) => player?.querySelector("[data-player-audio]");
  const lengthOf = (player, audio) => (Number.isFinite(audio.duration) && audio.duration) || Number(player.dataset.seconds) || 1;

  // Before React has taken the page over, a changed element would make it throw the page away.
  const isReacts = (element) => Object.keys(element).some((name) => name.startsWith("__reactFiber"));

  const draw = (audio) => {
    const player = audio.closest("[data-player]");
    if (!player || !isReacts(player)) return;
    const share = Math.min(100, (100 * audio.currentTime) / lengthOf(player, audio));
    player.style.setProperty("--played", `${share}%`);
    player.dataset.playing = String(!audio.paused);
    const time = player.querySelector("[data-player-time]");
    if (time) time.textContent = worded(audio.currentTime);
    const seek = player.querySelector("[data-player-seek]");
    if (seek && document.activeElement !== seek) seek.value = Math.floor(audio.currentTime);
    if (seek) seek.setAttribute("aria-valuetext", worded(audio.currentTime));
    follow(audio);
  };

  const follow = (audio) => {
    const turns = [...document.querySelectorAll("[data-turns] [data-second]")];
    const current = turns.filter((turn) => Number(turn.dataset.second) <= audio.currentTime + 0.05).pop();
    for (const turn of turns) {
      const isCurrent = turn === current && (audio.currentTime > 0 || !audio.paused);
      if (isCurrent === (turn.getAttribute("aria-current") === "true")) continue;
      if (isCurrent) turn.setAttribute("aria-current", "true"); else turn.removeAttribute("aria-current");
      const wanted = document.querySelector("[data-follow-recording]");
      if (isCurrent && !audio.paused && (!wanted || wanted.checked)) turn.scrollIntoView({ block: "nearest" });
    }
  };

  const seekTo = (audio, seconds) => {
    audio.currentTime = Math.max(0, Math.min(seconds, lengthOf(audio.closest("[data-player]"), audio)));
    draw(audio);
  };
  const playOrPause = (audio) => { if (audio.paused) audio.play().catch(() => problem(audio)); else audio.pause(); };
  const setSpeed = (audio, step) => {
    const now = SPEEDS.indexOf(audio.playbackRate);
    const next = step ? Math.max(0, Math.min(SPEEDS.length - 1, now + step)) : (now + 1) % SPEEDS.length;
    audio.playbackRate = SPEEDS[next];
    const button = audio.closest("[data-player]").querySelector("[data-player-speed]");
    if (button) button.textContent = `${SPEEDS[next]}×`;
  };
  const problem = (audio) => {
    const line = audio.closest("[data-player]")?.querySelector("[data-player-problem]");
    if (line && isReacts(line)) line.textContent = audio.error || !audio.src ? "The recording can’t be played now. Try again in a minute." : "";
  };
  const turnFrom = (audio, step) => {
    const seconds = [...document.querySelectorAll("[data-turns] [data-second]")].map((turn) => Number(turn.dataset.second));
    const later = seconds.filter((second) => (step > 0 ? second > audio.currentTime + 0.2 : second < audio.currentTime - 1));
    if (later.length) seekTo(audio, step > 0 ? later[0] : later[later.length - 1]);
  };

  document.addEventListener("click", (event) => {
    const target = event.target;
    const audio = audioOf(playerOf(target));
    if (!audio) return;
    if (target.closest("[data-player-play]")) playOrPause(audio);
    const jump = target.closest("[data-player-jump]");
    if (jump) seekTo(audio, audio.currentTime + Number(jump.dataset.playerJump));
    if (target.closest("[data-player-speed]")) setSpeed(audio, 0);
    const turn = target.closest("[data-seek]");
    if (turn) { seekTo(audio, Number(turn.dataset.seek)); audio.play().catch(() => problem(audio)); }
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches?.("[data-player-seek]")) seekTo(audioOf(playerOf(event.target)), Number(event.target.value));
  });
  for (const name of ["timeupdate", "play", "pause", "ended", "loadedmetadata"]) {
    document.addEventListener(name, (event) => { if (event.target.matches?.("[data-player-audio]")) draw(event.target); }, true);
  }
  document.addEventListener("error", (event) => { if (event.target.matches?.("[data-player-audio]")) problem(event.target); }, true);

  document.addEventListener("keydown", (event) => {
    const player = event.target.closest?.("[data-player]");
    const audio = audioOf(player);
    if (!audio || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("[data-player-seek]")) return;
    const does = {
      ArrowLeft: () => (event.shiftKey ? turnFrom(audio, -1) : seekTo(audio, audio.currentTime - 5)),
      ArrowRight: () => (event.shiftKey ? turnFrom(audio, 1) : seekTo(audio, audio.currentTime + 5)),
      "<": () => setSpeed(audio, -1),
      ">": () => setSpeed(audio, 1),
    }[event.key];
    if (does) { event.preventDefault(); does(); }
  });
})();
