// A running meeting's page goes on by itself. Without this script, or a connection, it is a page to load again.
"use strict";

(() => {
  const lines = document.getElementById("live-lines");
  const state = document.getElementById("live-state");
  if (!lines || !window.EventSource) return;
  const most = 2000;
  const asked = state.innerHTML;

  const isAtEnd = () => {
    const end = lines.getBoundingClientRect().bottom;
    return end <= window.innerHeight + 80;
  };

  const made = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content;
  };

  const keepingFocus = (panel, html) => {
    const place = panel.contains(document.activeElement)
      ? [...panel.querySelectorAll("a, summary")].indexOf(document.activeElement)
      : -1;
    panel.replaceChildren(made(html));
    if (place >= 0) panel.querySelectorAll("a, summary")[place]?.focus({ preventScroll: true });
  };

  const add = (html) => {
    const follows = isAtEnd();
    for (const line of [...made(html).children]) {
      const known = document.getElementById(line.id);
      if (known) known.replaceWith(line);
      else lines.append(line);
    }
    while (follows && lines.children.length > most) lines.firstElementChild.remove();
    if (follows) lines.lastElementChild?.scrollIntoView({ block: "end" });
  };

  const source = new EventSource(lines.dataset.live);
  source.addEventListener("open", () => {
    state.textContent = "This page goes on by itself.";
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) state.innerHTML = asked;
    else state.textContent = "The connection was lost. Trying again…";
  });
  source.addEventListener("lines", (event) => add(event.data));
  source.addEventListener("line", (event) => {
    const { id, html } = JSON.parse(event.data);
    document.getElementById(id)?.replaceWith(made(html));
  });
  source.addEventListener("panel", (event) => {
    const { id, html } = JSON.parse(event.data);
    const panel = document.getElementById(id);
    if (panel && panel.innerHTML.trim() !== html.trim()) keepingFocus(panel, html);
  });
  source.addEventListener("anew", () => lines.replaceChildren());
  source.addEventListener("gone", () => {
    source.close();
    window.location.reload();
  });
  source.addEventListener("over", (event) => {
    source.close();
    document.getElementById("live-over").replaceChildren(made(event.data));
    const badge = document.getElementById("live-badge");
    badge.textContent = "Over";
    badge.className = "label";
    state.textContent = "";
  });
})();
