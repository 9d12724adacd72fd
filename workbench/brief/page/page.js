// Lights up the sentences that belong together; without it the page reads as well.
"use strict";
(() => {
  const families = new Map();
  for (const sentence of document.querySelectorAll("[data-s]")) {
    const article = sentence.closest("article").id;
    sentence.family = sentence.dataset.s.split(" ").map((key) => `${article}-${key}`);
    for (const key of sentence.family) {
      if (!families.has(key)) families.set(key, []);
      families.get(key).push(sentence);
    }
  }
  const kin = (sentence) => new Set(sentence.family.flatMap((key) => families.get(key)));
  const mark = (name, sentence) => {
    for (const old of document.querySelectorAll(`.${name}`)) old.classList.remove(name);
    if (sentence) for (const one of kin(sentence)) one.classList.add(name);
  };
  document.addEventListener("mouseover", (event) => mark("lit", event.target.closest("[data-s]")));
  document.addEventListener("focusin", (event) => mark("lit", event.target.closest("[data-s]")));
  document.addEventListener("click", (event) => {
    if (event.target.closest("a, input, label")) return;
    const sentence = event.target.closest("[data-s]");
    mark("held", sentence && !sentence.classList.contains("held") ? sentence : null);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") mark("held", null);
  });
})();
