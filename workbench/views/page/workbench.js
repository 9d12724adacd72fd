// The browser's side of the workbench: asks the server, and puts what it answers in its place.
"use strict";
window.workbench = (() => {
  const views = {};
  const makers = {};
  let words = {};
  let current = null;

  const make = (tag, properties = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name in element && name !== "list") element[name] = value;
      else element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  };
  // Only what the server escaped is set as HTML; see `made`.
  const made = (tag, html, properties = {}) => {
    const element = make(tag, properties);
    element.innerHTML = html;
    return element;
  };

  const tell = (problem, cure = "") => {
    const toast = document.querySelector(".toast");
    toast.children[0].textContent = problem;
    toast.children[1].textContent = cure;
    toast.classList.toggle("good", !cure);
    toast.hidden = false;
    clearTimeout(toast.timer);
    toast.timer = setTimeout(() => { toast.hidden = true; }, cure ? 12000 : 3500);
  };

  const caller = (server) => async (name, data = {}) => {
    let answer;
    try {
      answer = await server[name](data);
    } catch {
      answer = null;
    }
    if (answer === null || answer === undefined || typeof answer !== "object") {
      tell(words.broken, " ");
      return null;
    }
    if (answer.problem && answer.cure && Object.keys(answer).length === 2) {
      tell(answer.problem, answer.cure);
      return null;
    }
    return answer;
  };

  const save = ({ name, type, base64 }) => keep(name, new Blob([Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))], { type }));
  const keep = (name, blob) => {
    const link = make("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  const sliders = (root) => {
    for (const input of root.querySelectorAll("input[type=range]")) {
      const show = () => { const out = input.parentElement.querySelector("output"); if (out) out.value = input.value; };
      input.addEventListener("input", show);
      // The label holds an output too, and names that: the slider is named here.
      input.setAttribute("aria-label", input.parentElement.firstChild.textContent.trim());
      show();
    }
  };

  const show = () => {
    const name = location.hash.slice(1).split("/")[0] || "bench";
    if (!views[name]) return;
    current = name;
    document.documentElement.dataset.view = name;
    for (const link of document.querySelectorAll("header.top [data-view]")) {
      if (link.dataset.view === name) { link.setAttribute("aria-current", "page"); link.scrollIntoView({ block: "nearest", inline: "center" }); }
      else link.removeAttribute("aria-current");
    }
    views[name].enter?.(location.hash.slice(1).split("/")[1] || "");
  };

  // Sentences that belong together: hover lights them up, a click holds them.
  const family = (sentence) => {
    const keys = new Set(sentence.dataset.s.split(" "));
    const scope = sentence.closest("[data-family]");
    return [...scope.querySelectorAll("[data-s]")].filter((one) => one.dataset.s.split(" ").some((key) => keys.has(key)));
  };
  const light = (name, sentence) => {
    for (const old of document.querySelectorAll(`.s.${name}`)) old.classList.remove(name);
    if (sentence) for (const one of family(sentence)) one.classList.add(name);
  };
  const hold = (sentence) => {
    const wanted = sentence && !sentence.classList.contains("held") ? sentence : null;
    light("held", wanted);
    if (!wanted) return;
    const box = sentence.closest(".cell");
    for (const one of family(sentence)) {
      if (one.closest(".cell") !== box) one.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    }
  };
  // A menu closes as menus do: by a click elsewhere, or by Escape.
  const close = (target) => { for (const menu of document.querySelectorAll(".menu[open]")) if (!menu.contains(target)) menu.open = false; };
  document.addEventListener("click", (event) => close(event.target));
  document.addEventListener("mouseover", (event) => light("lit", event.target.closest?.("[data-family] [data-s]")));
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-family]") || event.target.closest("a, button, input, label, summary")) return;
    hold(event.target.closest("[data-s]"));
  });
  document.addEventListener("keydown", (event) => {
    const sentence = event.target.closest?.("[data-family] [data-s]");
    if (event.key === "Escape") { light("held", null); close(null); }
    if (sentence && event.key === "Enter") hold(sentence);
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName || "")) return;
    if (event.repeat) return;
    views[current]?.key?.(event);
  });

  makers.shell = (root) => {
    words = JSON.parse(root.querySelector(".wb-words").dataset.words);
    const { language } = root.querySelector(".wb-words").dataset;
    document.documentElement.lang = language;
    document.documentElement.dir = language === "ar" ? "rtl" : "ltr";
    document.cookie = `workbench_language=${language}; Path=/; Max-Age=31536000; SameSite=Strict`;
    root.querySelector("[data-act=theme]").addEventListener("click", () => {
      const dark = getComputedStyle(document.documentElement).colorScheme.trim() === "dark"
        || (document.documentElement.dataset.theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
      const next = document.documentElement.dataset.theme === "dark" || (!document.documentElement.dataset.theme && dark) ? "light" : "dark";
      document.documentElement.dataset.theme = next;
      localStorage.setItem("workbench-theme", next);
    });
    root.querySelector("[data-act=language]").addEventListener("click", (event) => { event.currentTarget.hash = location.hash; });
    root.querySelector(".toast button").addEventListener("click", () => { root.querySelector(".toast").hidden = true; });
    root.querySelector(".skip").addEventListener("click", (event) => { event.preventDefault(); document.querySelector("#main").focus(); });
  };

  makers.bench = (root, call, upload) => {
    const form = root.querySelector("form.intake");
    const result = root.querySelector(".result");
    const columns = root.querySelector(".columns");
    const stop = root.querySelector("[data-act=stop]");
    const choice = root.querySelector(".choice");
    const differ = root.querySelector(".differ");
    const difference = differ.querySelector("[data-act=difference] input");
    const [one, other] = differ.querySelectorAll("select");
    let article = null;
    let job = null;
    let rows = [];
    let heads = [];
    let summaries = [];
    let asked = 0;

    const grid = (models, summarisers, read) => {
      columns.textContent = "";
      columns.setAttribute("data-family", "");
      columns.style.setProperty("--columns", models.length + 1);
      heads = []; summaries = []; rows = [];
      const row = (kind) => { const element = make("div", { className: `row ${kind}` }); columns.append(element); return element; };
      const cell = (parent, ...children) => { const element = make("div", { className: "cell" }, ...children); parent.append(element); return element; };
      const top = row("heads");
      const language = make("select", { ariaLabel: words.language });
      for (const [value, name] of [["", words.language_auto], ["ar", "العربية"], ["en", "English"]]) language.append(make("option", { value, textContent: name, selected: value === read.language }));
      language.addEventListener("change", relabel);
      cell(top, make("p", { className: "name" }, make("b", { textContent: words.article }), " ", language), made("p", read.origin, { className: "fine" }));
      for (const [number, name] of models.entries()) heads.push(head(cell(top), name, number));
      const titles = row("titles");
      cell(titles, made("h2", read.title, { dir: "auto" }));
      for (const one of heads) one.title = cell(titles).appendChild(make("h2", { dir: "auto" }));
      if (!read.title) titles.hidden = true;
      // A row for each summariser: the article's own summary, then each model's translation of it.
      summaries = summarisers.map((name) => {
        const summary = row("summary");
        summary.hidden = true;
        const title = () => make("h3", {}, words.summary, ...(summarisers.length > 1 || name !== words.picked ? [" · ", make("bdi", { textContent: name })] : []));
        return [read, ...models].map(() => cell(summary, title(), make("div")).lastChild);
      });
      for (const html of read.blocks) {
        const line = row("text");
        const cells = [made("div", html, { className: "cell own" })];
        for (let number = 0; number < models.length; number += 1) cells.push(make("div", { className: "cell" }));
        line.append(...cells);
        rows.push(cells);
      }
    };
    const head = (parent, name, number) => {
      const state = make("p", { className: "fine state", textContent: words.waiting });
      const meter = make("progress", { max: 1, value: 0, ariaLabel: name });
      const menu = make("details", { className: "menu" }, make("summary", { textContent: words.download }), make("div"));
      for (const form of ["txt", "docx", "html", "tmx", "xliff", "jsonl"]) {
        const button = make("button", { type: "button", textContent: form.toUpperCase() });
        button.addEventListener("click", async () => { menu.open = false; const file = await call("download", { job, column: String(number), format: form }); if (file) save(file); });
        menu.lastChild.append(button);
      }
      const copy = make("button", { type: "button", className: "quiet-button", textContent: words.copy });
      copy.addEventListener("click", async () => {
        const text = rows.map((cells) => cells[number + 1].innerText.trim()).filter(Boolean).join("\n\n");
        try { await navigator.clipboard.writeText(text); tell(words.copied); } catch { tell(words.broken, " "); }
      });
      const correct = make("button", { type: "button", className: "quiet-button", textContent: words.correct });
      correct.addEventListener("click", async () => { const kept = await call("correct", { job, column: String(number) }); if (kept) location.hash = `edit/${kept.document}`; });
      const tools = make("div", { className: "column-tools", hidden: true }, copy, menu, correct);
      parent.append(make("p", { className: "name" }, make("b", {}, make("bdi", { textContent: name }))), state, meter, tools);
      return { state, meter, tools, known: 0 };
    };
    const update = (number, column) => {
      const one = heads[number];
      const doing = column.state === "working" ? "" : words[column.state] || "";
      one.state.textContent = [doing, ...column.facts].filter(Boolean).join(" · ");
      one.state.classList.toggle("busy", ["waiting", "loading_model", "working"].includes(column.state));
      one.meter.value = column.share;
      one.meter.hidden = ["finished", "stopped", "failed"].includes(column.state);
      one.tools.hidden = !["finished", "stopped"].includes(column.state) || !column.share;
      if (column.state === "failed") {
        one.state.textContent = "";
        one.state.append(make("b", { className: "problem", textContent: column.problem }), " ", column.cure);
      }
      if (column.title && one.title.innerHTML !== column.title) one.title.innerHTML = column.title;
      column.summaries.forEach((blocks, at) => {
        if (blocks && !summaries[at][number + 1].firstChild) summaries[at][number + 1].innerHTML = blocks.join("");
      });
      for (const [at, html] of column.blocks.entries()) {
        const cells = rows[Math.min(column.start + at, rows.length - 1)];
        if (cells && cells[number + 1].source !== html) { cells[number + 1].innerHTML = html; cells[number + 1].source = html; }
      }
      one.known = Math.max(one.known, column.start + column.blocks.length);
    };
    const watch = async (mine) => {
      while (mine === asked) {
        const found = await call("poll", { job, since: heads.map((one) => one.known) });
        if (mine !== asked || !found) break;
        found.summaries.forEach((summary, at) => {
          const box = summaries[at][0];
          if (box.firstChild || !(summary.blocks || summary.problem)) return;
          if (summary.blocks) box.innerHTML = summary.blocks.join("");
          else box.append(make("p", { className: "fine" }, make("b", { className: "problem", textContent: summary.problem }), " ", summary.cure));
          box.closest(".row").hidden = false;
        });
        found.columns.forEach((column, number) => update(number, column));
        if (found.over) break;
        await new Promise((done) => setTimeout(done, 250));
      }
      if (mine === asked) { stop.hidden = true; differ.hidden = heads.length < 2; root.dataset.state = "over"; }
    };
    const begin = async (read) => {
      if (!read) { form.classList.remove("busy"); return; }
      asked += 1;
      const mine = asked;
      article = read.article;
      form.classList.remove("busy");
      const models = [...form.querySelectorAll("[name=models]:checked")].slice(0, 4).map((input) => input.value);
      const chosen = [...form.querySelectorAll("[name=summarisers]:checked")].slice(0, 3).map((input) => [input.value, input.value || words.picked]);
      const summarisers = chosen.length ? chosen : [["", words.picked]];
      grid(models, summarisers.map(([, name]) => name), read);
      form.hidden = true; choice.hidden = true; result.hidden = false; differ.hidden = true; root.dataset.state = "reading";
      difference.checked = false;
      for (const [at, select] of [one, other].entries()) {
        select.replaceChildren(...models.map((name, number) => make("option", { value: number, textContent: name, selected: number === at })));
        select.hidden = models.length < 3;
      }
      const lists = [[".cleaned", read.cleaned], [".related", read.related]];
      for (const [name, entries] of lists) {
        const box = result.querySelector(name);
        box.hidden = !entries.length;
        box.querySelector("ul").replaceChildren(...entries.map((html) => made("li", html, { dir: "auto" })));
      }
      scrollTo(0, 0);
      const started = await call("start", { article, models, summarisers: summarisers.map(([value]) => value), sentences: form.elements.sentences.value });
      if (!started || mine !== asked) return;
      job = started.job;
      stop.hidden = false;
      await watch(mine);
    };
    const relabel = async (event) => begin(await call("relabel", { article, language: event.target.value }));
    const read = async (data) => {
      form.classList.add("busy");
      const found = await call("read", { ...data, language: form.elements.language.value });
      if (found?.list) offer(found); else { if (found) choice.dataset.list = ""; await begin(found); }
    };
    // Of several articles one is chosen; the list stays for the next, and with it what could not be read.
    const offer = (found) => {
      form.classList.remove("busy");
      choice.hidden = false;
      choice.dataset.list = found.list;
      choice.querySelector("h2").textContent = found.articles.length ? words.choice : words.choice_none;
      choice.querySelector(".part").hidden = found.whole;
      choice.querySelector(".cards").replaceChildren(...found.articles.map((one, number) => {
        const card = make("button", { type: "button", className: "card" }, made("b", one.title, { dir: "auto" }), made("span", one.origin, { className: "fine" }), make("span", { className: "fine" }, make("bdi", { textContent: one.name })));
        card.addEventListener("click", async () => {
          choice.classList.add("busy");
          const chosen = await call("choose", { list: found.list, number });
          choice.classList.remove("busy");
          if (chosen) await begin(chosen);
        });
        return card;
      }));
      choice.querySelector(".bad").hidden = !found.problems.length;
      choice.querySelector(".bad ul").replaceChildren(...found.problems.map((one) => make("li", {}, make("b", {}, make("bdi", { textContent: one.name })), ": ", make("bdi", { className: "problem", textContent: one.problem }), " ", make("bdi", { textContent: one.cure }))));
      choice.scrollIntoView({ block: "nearest" });
    };
    const send = async (files) => {
      const most = Number(form.querySelector("[type=file]").dataset.most);
      if (!files.length) return;
      if (files.length > most) { tell(words.many_files, `${words.many_files_cure} ${most}`); return; }
      form.classList.add("busy");
      const sent = [];
      // What the server did not take goes without a path: the answer says why beside the others.
      for (const file of files) sent.push({ name: file.name, path: await upload(file).then((found) => found.path, () => "") });
      await read({ files: sent });
    };
    form.addEventListener("submit", (event) => { event.preventDefault(); read({ text: form.elements.text.value }); });
    for (const button of form.querySelectorAll("[data-example]")) button.addEventListener("click", () => read({ example: button.dataset.example }));
    form.querySelector("[type=file]").addEventListener("change", (event) => { send([...event.target.files]); event.target.value = ""; });
    const drop = form.querySelector(".drop");
    drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
    drop.addEventListener("dragleave", () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => { if (event.dataTransfer.files.length) { event.preventDefault(); send([...event.dataTransfer.files]); } drop.classList.remove("over"); });
    form.addEventListener("change", () => {
      for (const [name, most] of [["models", 4], ["summarisers", 3]]) {
        const chosen = form.querySelectorAll(`[name=${name}]:checked`);
        if (chosen.length > most) chosen[chosen.length - 1].checked = false;
      }
    });
    stop.addEventListener("click", () => call("stop", { job }));
    root.querySelector("[data-act=again]").addEventListener("click", async () => {
      asked += 1;
      if (!stop.hidden) await call("stop", { job });
      form.hidden = false; result.hidden = true; choice.hidden = !choice.dataset.list;
      (choice.hidden ? form.elements.text : choice.querySelector("button") || form.elements.text).focus();
    });
    const restore = () => { for (const cells of rows) for (const cell of cells) if (cell.source) cell.innerHTML = cell.source; };
    const compare = async () => {
      restore();
      if (!difference.checked || one.value === other.value) return;
      const found = await call("difference", { job, one: one.value, other: other.value });
      if (!found || !difference.checked) return;
      for (const [blocks, column] of [[found.one, one.value], [found.other, other.value]]) {
        blocks.forEach((html, at) => { rows[Math.min(at, rows.length - 1)][Number(column) + 1].innerHTML = html; });
      }
    };
    for (const input of [difference, one, other]) input.addEventListener("change", compare);
  };

  makers.judge = (root, call) => {
    const list = root.querySelector(".list");
    const desk = root.querySelector(".desk");
    const box = root.querySelector(".ticket");
    const answer = root.querySelector(".answer");
    const revealed = root.querySelector(".revealed");
    let campaign = null;
    let ticket = null;
    let since = 0;
    let errors = [];
    let busy = false;

    const cards = async () => {
      const found = await call("campaigns");
      if (!found) return;
      list.querySelector(".empty").hidden = found.campaigns.length > 0;
      list.querySelector(".cards").replaceChildren(...found.campaigns.map((one) => {
        const card = make("a", { className: "card", href: `#judge/${one.id}` },
          make("b", {}, make("bdi", { textContent: one.name })),
          make("span", { className: "fine" }, `${one.kind} · `, make("bdi", { textContent: `${one.source} → ${one.target}` })),
          make("span", { className: "fine", textContent: `${words.judged}: ${one.judged}${one.share ? ` ${words.of} ${one.share}` : ""}` }));
        return card;
      }));
    };
    const open = async (number) => {
      campaign = number;
      list.hidden = true; desk.hidden = false; revealed.textContent = "";
      const all = await call("campaigns");
      const mine = all?.campaigns.find((one) => String(one.id) === String(number));
      desk.querySelector(".campaign-name").textContent = mine ? mine.name : "";
      await next();
    };
    const next = async () => { const found = await call("ticket", { campaign }); if (found) put(found.ticket); };
    const put = (found) => {
      ticket = found; errors = []; since = performance.now();
      box.textContent = ""; answer.textContent = "";
      root.querySelector(".keys").hidden = !ticket || ticket.kind !== "pairs";
      if (!ticket) { box.append(make("p", { className: "quiet done", textContent: words.all_done })); root.querySelector(".count").textContent = ""; return; }
      root.querySelector(".count").textContent = `${ticket.done} ${words.judged}${ticket.share ? ` ${words.of} ${ticket.share}` : ""}`;
      const meter = root.querySelector(".desk > progress");
      meter.hidden = !ticket.share;
      if (ticket.share) meter.value = ticket.done / ticket.share;
      const side = (name, html, kind) => make("section", { className: `side ${kind}` }, make("h2", { textContent: name }), made("div", html));
      box.append(side(words.source, ticket.source, "source"));
      if (ticket.reference) box.append(side(words.reference, ticket.reference, "reference"));
      box.append(make("div", { className: "outputs" }, side(ticket.right === null ? words.output : words.left, ticket.left, "left"), ticket.right === null ? null : side(words.right, ticket.right, "right")));
      ({ pairs, adequacy: scores, esa: spans, mqm: spans })[ticket.kind]();
    };
    const pairs = () => {
      ["left", "right", "tie", "bad"].forEach((choice, at) => {
        const button = make("button", { type: "button", className: "vote" }, make("kbd", { textContent: at + 1 }), ` ${words[`choice_${choice}`]}`);
        button.dataset.choice = choice;
        button.addEventListener("click", () => vote({ choice }));
        answer.append(button);
      });
    };
    const slider = (name) => {
      const input = make("input", { type: "range", name, min: 0, max: 100, value: 50 });
      // A vote is a decision: a slider that nobody moved is none.
      input.addEventListener("input", () => { input.dataset.touched = "1"; const send = answer.querySelector("[data-act=send]"); if (send) send.disabled = Boolean(answer.querySelector("[type=range]:not([data-touched])")); });
      answer.append(make("label", { className: "slider wide" }, `${words[name]} `, make("output"), input));
    };
    const finish = (data) => {
      const comment = make("input", { name: "comment", dir: "auto", maxLength: 2000, placeholder: words.comment, ariaLabel: words.comment });
      const button = make("button", { type: "button", className: "primary", textContent: words.send });
      button.dataset.act = "send";
      button.addEventListener("click", () => vote({ ...data(), comment: comment.value }));
      button.disabled = Boolean(answer.querySelector("[type=range]"));
      answer.append(make("div", { className: "settings" }, comment, button));
      sliders(answer);
    };
    const value = (name) => answer.querySelector(`[name=${name}]`).value;
    const scores = () => { slider("adequacy"); slider("fluency"); finish(() => ({ adequacy: value("adequacy"), fluency: value("fluency") })); };

    // Offsets are counted in code points, as Python does; a browser counts UTF-16 units.
    const points = (text) => [...text].length;
    const selected = () => {
      const chosen = getSelection();
      const area = box.querySelector(".annotated");
      if (!chosen.rangeCount || chosen.isCollapsed || !area.contains(chosen.getRangeAt(0).commonAncestorContainer)) return null;
      const range = chosen.getRangeAt(0);
      const before = document.createRange();
      before.selectNodeContents(area);
      before.setEnd(range.startContainer, range.startOffset);
      const start = points(before.toString());
      return [start, start + points(range.toString())];
    };
    const paint = () => {
      const area = box.querySelector(".annotated");
      const chars = [...ticket.text];
      area.textContent = "";
      const edges = [...new Set([0, chars.length, ...errors.flatMap((one) => one.span)])].sort((a, b) => a - b);
      for (let at = 0; at + 1 < edges.length; at += 1) {
        const text = chars.slice(edges[at], edges[at + 1]).join("");
        const here = errors.filter((one) => one.span[0] < edges[at + 1] && edges[at] < one.span[1]);
        const worst = ["critical", "major", "minor"].find((name) => here.some((one) => one.severity === name));
        area.append(here.length ? make("mark", { className: worst, textContent: text }) : text);
      }
      const rows = answer.querySelector(".errors");
      rows.replaceChildren(...(errors.length ? errors.map((one, at) => {
        const remove = make("button", { type: "button", className: "icon", textContent: "✕", ariaLabel: words.remove });
        remove.addEventListener("click", () => { errors.splice(at, 1); paint(); });
        return make("li", {}, make("mark", { className: one.severity }, make("bdi", { textContent: chars.slice(...one.span).join("") })), ` ${words[`severity_${one.severity}`]} `, make("bdi", { textContent: one.category }), remove);
      }) : [make("li", { className: "fine", textContent: words.no_errors })]));
    };
    const spans = () => {
      const holder = box.querySelector(".side.left .plain");
      const area = make("div", { className: "plain annotated", lang: ticket.target_language, dir: "auto" });
      holder.replaceWith(area);
      const category = make("select", { name: "category", ariaLabel: words.category });
      for (const one of CATEGORIES) category.append(make("option", { value: one, textContent: one }));
      const buttons = ["minor", "major", "critical"].map((severity) => {
        const button = make("button", { type: "button", className: `severity ${severity}`, textContent: words[`severity_${severity}`] });
        button.dataset.severity = severity;
        // The selection must survive the press.
        button.addEventListener("mousedown", (event) => event.preventDefault());
        button.addEventListener("click", () => {
          const span = selected();
          if (!span) { tell(words.mark_errors, " "); return; }
          errors.push({ span, severity, category: ticket.kind === "mqm" ? category.value : "" });
          getSelection().removeAllRanges();
          paint();
        });
        return button;
      });
      answer.append(make("p", { className: "fine", textContent: words.mark_errors }), make("div", { className: "settings" }, ticket.kind === "mqm" ? category : null, ...buttons), make("ul", { className: "errors" }));
      if (ticket.kind === "esa") slider("score");
      finish(() => ({ errors, score: ticket.kind === "esa" ? value("score") : null }));
      paint();
    };
    const vote = async (data) => {
      if (!ticket || busy) return;
      busy = true;  // until the next ticket is shown: a vote belongs to what was read
      try {
        const given = await call("vote", { ticket: ticket.id, seconds: (performance.now() - since) / 1000, ...data });
        if (!given) return;
        revealed.textContent = "";
        if (given.left) {
          revealed.append(`${words.was}: `, make("b", {}, make("bdi", { textContent: given.left })));
          if (given.right) revealed.append(" / ", make("b", {}, make("bdi", { textContent: given.right })));
        }
        await next();
      } finally { busy = false; }
    };
    const undo = async () => { const found = await call("undo", { campaign }); if (found) { revealed.textContent = words.undone; put(found.ticket); } };
    root.querySelector("[data-act=undo]").addEventListener("click", undo);
    root.querySelector("[data-act=back]").addEventListener("click", () => { location.hash = "judge"; });
    return {
      enter: (number) => { if (number) open(number); else { desk.hidden = true; list.hidden = false; ticket = null; cards(); } },
      key: (event) => {
        if (desk.hidden) return;
        const choice = answer.querySelectorAll("button.vote")["1234".indexOf(event.key)];
        if (event.key.length === 1 && "1234".includes(event.key) && choice) choice.click();
        if (event.key.toLowerCase() === "u") undo();
      },
    };
  };
  const CATEGORIES = ["accuracy/mistranslation", "accuracy/omission", "accuracy/addition", "accuracy/untranslated", "fluency/grammar", "fluency/spelling", "fluency/punctuation", "fluency/register", "fluency/inconsistency", "fluency/encoding", "terminology/inappropriate", "terminology/inconsistent", "style/awkward", "locale/number", "locale/date", "locale/name", "locale/currency", "other/non-translation", "other/other"];

  makers.compare = (root, call, upload) => {
    const choose = root.querySelector(".choose");
    const opened = root.querySelector(".opened");
    const filters = root.querySelector(".filters");
    const grid = root.querySelector(".grid");
    const more = root.querySelector("[data-act=more]");
    let table = null;
    let next = null;
    let files = [];
    let turn = 0;
    const fill = (select, options) => select.replaceChildren(...options.map(([value, textContent]) => make("option", { value, textContent })));
    const wanted = () => Object.fromEntries(new FormData(filters));
    const note = root.querySelector(".score-note");
    const notice = root.querySelector(".notice");
    let last = null;
    const load = async (offset) => {
      turn += 1;
      const mine = turn;
      const found = await call("rows", { table, offset, ...wanted() });
      if (!found || mine !== turn) return;
      if (!offset) grid.textContent = "";
      grid.insertAdjacentHTML("beforeend", found.rows.join(""));
      next = found.next;
      more.hidden = next === null;
      root.querySelector(".none").hidden = found.count > 0;
      filters.querySelector(".count").textContent = `${found.count.toLocaleString(document.documentElement.lang === "ar" ? "ar-EG-u-nu-latn" : "en")} ${words.rows}`;
    };
    const open = async (data) => {
      root.classList.add("busy");
      tell(words.loading);
      const found = await call("open", data);
      root.classList.remove("busy");
      if (!found) return;
      document.querySelector(".toast").hidden = true;
      table = found.table;
      if (data.files) { files = []; listed(); }  // the server has taken them
      choose.hidden = true; opened.hidden = false;
      filters.querySelector(".table-name").textContent = found.name;
      last = data;
      fill(filters.elements.flag, [["", "–"]]);
      notice.hidden = !found.blind.length;
      notice.querySelector("p").replaceChildren(`${words.blind} `, ...found.blind.flatMap((name, at) => [at ? " · " : "", make("bdi", { textContent: name })]));
      fill(filters.elements.base, [["", "–"], ...(found.reference ? [["reference", words.reference]] : []), ...found.systems.map((name) => [name, name])]);
      grid.style.setProperty("--systems", found.systems.length);
      grid.textContent = "";
      await Promise.all([load(0), score(found)]);
    };
    // Texts are there at once; scores, flags and the order that they give come when they are counted.
    const score = async (found) => {
      const mine = table;
      let told = found;
      while (told && mine === table && told.share < 1) {
        note.textContent = `${words.scoring} ${Math.round(100 * told.share)} %`;
        await new Promise((done) => setTimeout(done, 400));
        told = await call("scored", { table: mine });
      }
      if (!told || mine !== table) return;
      note.textContent = found.reference ? words.score_note : words.agreement_note;
      fill(filters.elements.flag, [["", "–"], ["any", words.any], ...told.flags]);
      // Rows shown so far stand in the order before the scores: pages of two orders repeat and lack rows.
      if (found.share < 1) await load(0);
    };
    notice.querySelector("button").addEventListener("click", async () => { if (await call("see_names") && last) await open(last); });
    const listed = () => root.querySelector(".files").replaceChildren(...files.map((file) => {
      const role = make("select", { ariaLabel: words.role });
      fill(role, [["output", words.role_output], ["source", words.role_source], ["reference", words.role_reference]]);
      role.value = file.role;
      role.addEventListener("change", () => { file.role = role.value; });
      const remove = make("button", { type: "button", className: "icon", textContent: "✕", ariaLabel: `${words.remove} ${file.name}` });
      remove.addEventListener("click", () => { files.splice(files.indexOf(file), 1); listed(); });
      return make("p", {}, make("bdi", { textContent: file.name }), " ", role, remove);
    }));
    root.querySelector(".own [type=file]").addEventListener("change", async (event) => {
      for (const file of [...event.target.files].slice(0, 12)) {
        try {
          const { path } = await upload(file);
          const role = /^(src|source)/i.test(file.name) ? "source" : /^ref/i.test(file.name) ? "reference" : "output";
          files.push({ name: file.name, path, role });
        } catch { tell(words.broken, " "); }
      }
      event.target.value = "";
      listed();
    });
    root.querySelector(".own").addEventListener("submit", (event) => {
      event.preventDefault();
      open({ files, source: event.target.elements.source.value, target: event.target.elements.target.value });
    });
    let delay;
    filters.addEventListener("input", (event) => { clearTimeout(delay); delay = setTimeout(() => load(0), event.target.type === "search" || event.target.type === "range" ? 250 : 0); });
    filters.addEventListener("submit", (event) => { event.preventDefault(); load(0); });
    more.addEventListener("click", () => load(next));
    new IntersectionObserver((entries) => { if (entries[0].isIntersecting && next !== null && !opened.hidden) load(next); }, { rootMargin: "600px" }).observe(more);
    root.querySelector("[data-act=back]").addEventListener("click", () => { choose.hidden = false; opened.hidden = true; });
    root.querySelector(".campaign form").addEventListener("submit", async (event) => {
      event.preventDefault();
      const { elements } = event.target;
      const made = await call("create", { table, ...wanted(), ...Object.fromEntries(new FormData(event.target)), reveal: elements.reveal.checked, show_reference: elements.show_reference.checked });
      if (made) { tell(words.created); location.hash = `judge/${made.campaign}`; }
    });
    return {
      enter: async () => {
        const found = await call("sources");
        if (!found) return;
        root.querySelector(".stored").hidden = !found.runs.length;
        root.querySelector(".stored .cards").replaceChildren(...found.runs.map((one) => {
          const card = make("button", { type: "button", className: "card" }, make("bdi", { textContent: one.name }));
          card.addEventListener("click", () => open({ run: one.id }));
          return card;
        }));
      },
    };
  };

  makers.edit = (root, call, upload) => {
    const list = root.querySelector(".list");
    const desk = root.querySelector(".desk");
    let number = null;
    const cards = async () => {
      const found = await call("documents");
      if (!found) return;
      list.querySelector(".empty").hidden = found.documents.length > 0;
      list.querySelector(".cards").replaceChildren(...found.documents.map((one) => make("a", { className: "card", href: `#edit/${one.id}` },
        make("b", { dir: "auto", textContent: one.title }),
        make("span", { className: "fine" }, make("bdi", { textContent: `${one.model} · ${one.source} → ${one.target}` })),
        make("span", { className: "fine", textContent: `${words.edited}: ${one.edited}` }))));
    };
    const segment = (one, found) => {
      const area = make("textarea", { value: one.text, dir: "auto", lang: found.target, ariaLabel: `${words.text} ${one.number + 1}` });
      const state = make("span", { className: "fine state" });
      const told = (distance) => { state.textContent = distance ? `${words.kept} · ${distance} ${words.distance}` : ""; row.classList.toggle("changed", distance > 0); };
      const back = make("button", { type: "button", className: "quiet-button", textContent: words.restore, title: one.machine });
      const row = make("div", { className: "segment" }, make("span", { className: "place", textContent: one.number + 1 }), made("div", one.source, { className: "cell own" }), make("div", { className: "cell" }, area, make("p", { className: "under" }, state, back)));
      let kept = one.text;
      let begun = 0;
      const fit = () => { area.style.blockSize = "auto"; area.style.blockSize = `${area.scrollHeight + 2}px`; };
      const keep = async () => {
        if (area.value === kept) return;
        kept = area.value;
        const answer = await call("keep", { document: number, segment: one.number, text: area.value, seconds: (performance.now() - begun) / 1000 });
        if (answer) told(answer.distance); else kept = null;
      };
      area.addEventListener("focus", () => { begun = performance.now(); });
      area.addEventListener("input", () => { fit(); clearTimeout(area.timer); area.timer = setTimeout(keep, 800); });
      area.addEventListener("blur", () => { clearTimeout(area.timer); keep(); });
      back.addEventListener("click", () => { area.value = one.machine; fit(); begun = begun || performance.now(); keep(); });
      told(one.distance);
      requestAnimationFrame(fit);
      return row;
    };
    const open = async (wanted) => {
      const found = await call("document", { document: wanted });
      if (!found) { location.hash = "edit"; return; }
      number = found.document;
      list.hidden = true; desk.hidden = false;
      desk.querySelector(".title").innerHTML = found.title;
      desk.querySelector(".model").textContent = found.model;
      desk.querySelector(".segments").replaceChildren(...found.segments.map((one) => segment(one, found)));
    };
    for (const button of root.querySelectorAll("[data-export]")) button.addEventListener("click", async () => { const file = await call("export", { document: number, format: button.dataset.export }); if (file) save(file); });
    root.querySelector("[type=file]").addEventListener("change", async (event) => {
      const file = event.target.files[0];
      let path;
      try { ({ path } = await upload(file)); } catch { tell(words.broken, " "); return; }
      event.target.value = "";
      const found = await call("bring", { document: number, file: path });
      if (found) { await open(number); tell(`${found.changed} ${words.brought}`); }
    });
    root.querySelector("[data-act=back]").addEventListener("click", () => { location.hash = "edit"; });
    return { enter: (wanted) => { if (wanted) open(wanted); else { desk.hidden = true; list.hidden = false; cards(); } } };
  };

  makers.board = (root, call) => {
    const select = root.querySelector("select");
    const body = root.querySelector(".board-body");
    const load = async () => {
      if (!select.value) return;
      const found = await call("board", { campaign: select.value });
      if (found) body.innerHTML = found.html;
    };
    select.addEventListener("change", load);
    for (const button of root.querySelectorAll("[data-export]")) button.addEventListener("click", async () => { const file = await call("export", { campaign: select.value, format: button.dataset.export }); if (file) save(file); });
    return {
      enter: async (wanted) => {
        const found = await call("campaigns");
        if (!found) return;
        root.querySelector(".empty").hidden = found.campaigns.length > 0;
        root.querySelector(".bar").hidden = !found.campaigns.length;
        const before = wanted || select.value;
        select.replaceChildren(...found.campaigns.map((one) => make("option", { value: one.id, textContent: one.name, selected: String(one.id) === before })));
        await load();
      },
    };
  };

  makers.runs = (root, call) => {
    const megabytes = (bytes) => `${Math.round(bytes / 1e6).toLocaleString("en")} MB`;
    const fetching = async (name, button) => {
      const planned = await call("plan", { name });
      if (!planned) return;
      if (!button.dataset.asked) {
        // Nothing is fetched unasked: size and licence first, a second press begins.
        button.dataset.asked = "1";
        button.textContent = `${words.really} ${megabytes(planned.missing)}`;
        return;
      }
      button.disabled = true;
      if (!await call("pull", { name })) { button.disabled = false; return; }
      for (;;) {
        const found = await call("pulling", { name });
        if (!found) return;
        const { pull } = found;
        button.textContent = `${words.pulling} ${megabytes(pull.done)} / ${megabytes(pull.size)}`;
        if (pull.state === "failed") { tell(pull.problem, pull.cure); button.disabled = false; return; }
        if (pull.state === "here") { button.textContent = words.here; return; }
        await new Promise((done) => setTimeout(done, 500));
      }
    };
    const model = (one, allowed) => {
      const fits = one.fits === null ? "" : ` · ${one.fits ? words.fits : words.too_large}`;
      const facts = make("p", { className: "fine" }, `${words[`task_${one.task}`]} · `, make("bdi", { textContent: one.languages }), ` · ${words.licence}: `, make("bdi", { textContent: one.licence }), ` · ${words.size}: `, make("bdi", { textContent: one.size ? `${Math.round(one.size)} MB` : words.unknown }), make("span", { title: one.why, textContent: fits }));
      const fetch = one.here || !allowed ? null : make("button", { type: "button", className: "quiet-button", textContent: words.pull });
      fetch?.addEventListener("click", () => fetching(one.name, fetch));
      return make("article", { className: `model${one.here ? " here" : ""}` },
        make("h3", {}, make("bdi", { textContent: one.name }), " ", make("span", { className: "kind", textContent: one.here ? words.here : words.not_here }), " ", fetch),
        facts, one.note ? make("p", { className: "note", dir: "auto", lang: "en", textContent: one.note }) : null);
    };
    const store = root.querySelector(".store");
    const held = async () => {
      const found = store && await call("store");
      if (!found) return;
      const told = ["campaigns", "judgements", "documents", "edits"].map((name) => [words[name === "documents" ? "translations" : name], found.held[name]]);
      told.push([words.rows_held, Object.values(found.held).reduce((sum, count) => sum + count, 0)]);
      store.querySelector(".held").textContent = told.map(([name, count]) => `${name}: ${count.toLocaleString("en")}`).join(" · ");
    };
    const carried = async (options, done) => {
      store.classList.add("busy");
      try {
        const answer = await fetch("/store", options);
        if (answer.ok) await done(answer);
        else { const { problem, cure } = await answer.json(); tell(problem, cure); }
      } catch { tell(words.broken, " "); }
      store.classList.remove("busy");
      await held();
    };
    store?.querySelector("[data-act=store-out]").addEventListener("click", () => carried({}, async (answer) => {
      keep("workbench-store.jsonl", await answer.blob());
      tell(`${words.rows_out}: ${answer.headers.get("x-rows")}`);
    }));
    store?.querySelector("[type=file]").addEventListener("change", async (event) => {
      await carried({ method: "PUT", body: event.target.files[0] }, async (answer) => tell(`${words.rows_in}: ${(await answer.json()).rows}`));
      event.target.value = "";
    });
    return {
      enter: async () => {
        held();
        const [runs, models] = await Promise.all([call("runs"), call("models")]);
        if (runs) {
          root.querySelector(".empty").hidden = runs.runs.length > 0;
          root.querySelector(".cards").replaceChildren(...runs.runs.map((one) => make("a", { className: "card", href: `/report/${encodeURIComponent(one.id.replaceAll("/", "~"))}`, target: "_blank" }, make("b", {}, make("bdi", { textContent: one.name })), make("span", { className: "fine", textContent: [words[`run_${one.kind}`], words[`state_${one.state}`]].filter(Boolean).join(" · ") }))));
        }
        if (!models) return;
        root.querySelector(".memory").textContent = models.memory ? `${words.memory}: ${models.memory.toFixed(1)} GB` : "";
        root.querySelector(".models").replaceChildren(...models.models.map((one) => model(one, models.may_pull)));
      },
    };
  };

  const mount = (name, element, server, upload) => {
    const root = element.querySelector("section.view") || element;
    sliders(root);
    views[name] = makers[name](root, caller(server), upload) || {};
    if (Object.keys(views).length === Object.keys(makers).length) {
      // All are there, in whatever order they came: now the address says which one is shown.
      document.documentElement.dataset.ready = "true";
      show();
    }
  };
  addEventListener("hashchange", show);
  return { mount };
})();
