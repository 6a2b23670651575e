// Counts to the newsletter's hour, and says so at 30, 10, 5 and 1 minutes.

const SPOKEN = [30, 10, 5, 1];

const plain = (minutes) => {
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor(minutes / 60);
  if (days > 1) return `${days} days`;
  return hours > 1 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
};

/** Returns the clock's words and how pressing they are. */
export function words({ hour, deadline, at, by, zone, day }, now, here) {
  const left = hour - now;
  const name = `${at} ${zone}`;
  const aside = here && here !== at ? ` (${here} here)` : "";
  const until = by ? `deliver by ${by}` : "";
  if (left > 0) {
    const minutes = Math.ceil(left / 60);
    if (left > 86400) return { text: `${name} on ${day}, in ${plain(minutes)}${aside}`, urge: "calm", until };
    if (left < 600) {
      const seconds = String(left % 60).padStart(2, "0");
      return { text: `${name} in ${Math.floor(left / 60)}:${seconds}${aside}`, urge: "close", until, minutes };
    }
    return { text: `${name} in ${plain(minutes)}${aside}`, urge: left > 1800 ? "calm" : "soon", until, minutes };
  }
  const late = Math.floor(-left / 60);
  if (late > 1440) return { text: `${name}, ${day}`, urge: "calm", until: `${plain(late)} ago` };
  if (deadline && now > deadline) return { text: `${plain(late)} late`, urge: "late", until: `past ${by}` };
  return { text: `${plain(late)} late`, urge: "close", until };
}

export function start(say) {
  let spoken = 0;
  function tick() {
    const clock = document.getElementById("clock");
    const { hour, deadline, at, by, zone, day } = clock.dataset;
    const local = new Date(hour * 1000).toLocaleTimeString([], { hour: "numeric", minute: "2-digit", hourCycle: "h23" });
    const now = Math.floor(Date.now() / 1000);
    const told = words({ hour: Number(hour), deadline: Number(deadline), at, by, zone, day }, now, local.replace(/^0/, ""));
    const main = document.createElement("b");
    main.textContent = told.text;
    const more = document.createElement("span");
    more.textContent = told.until;
    clock.replaceChildren(main, more);
    clock.className = `clock ${told.urge}`;
    if (SPOKEN.includes(told.minutes) && told.minutes !== spoken) {
      spoken = told.minutes;
      say(`${told.minutes} minute${told.minutes === 1 ? "" : "s"} to ${at}.`);
    }
  }
  tick();
  setInterval(tick, 1000);
  return tick;
}
