// Trends of an asset: one small chart a metric, cursors in step, a line where the alarm began.
const HEIGHT = 110;
const STEPS = new Set(["floor", "direction", "mode", "door_closed", "door_zone", "person", "running", "automatic"]);
const zone = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", second: "2-digit" });
// The page's own colours, in whichever light it stands.
const paints = getComputedStyle(document.documentElement);
const paint = (name) => paints.getPropertyValue(`--${name}`).trim();
const clock = (seconds) => zone.format(seconds * 1000);

// Distances of ticks that a clock has [s]; from a minute on, seconds are left out.
const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400, 172800, 604800, 1209600, 2592000, 7776000];
const ticksOf = (_, ticks, __, ___, step) => ticks.map((seconds) => (step < 60 ? clock(seconds) : clock(seconds).slice(0, 5)));

// Room for the longest figure of an axis [px].
const roomOf = (_, figures) => Math.max(56, 16 + 8 * Math.max(0, ...(figures ?? []).map((one) => `${one}`.length)));

// Codes have words: only what stands for something is written on the axis.
function axisOf(metric) {
  const plain = { stroke: paint("soft"), grid: { stroke: paint("hair") }, size: roomOf };
  const codes = metric.codes ?? {};
  const longest = Math.max(0, ...Object.values(codes).map((word) => word.length * (/[^ -~]/.test(word) ? 13 : 7)));
  if (!longest) return plain;
  return { ...plain, incrs: [1, 2, 5], space: 16, size: 30 + longest, values: (_, ticks) => ticks.map((code) => codes[code] ?? "") };
}

const codesRange = (_, low, high) => [low - 0.15, Math.max(high, low + 1) + 0.15];

function options(metric, width, mark) {
  const isCoded = Object.keys(metric.codes ?? {}).length > 0;
  const unit = { degC: "°C", "m/s2": "m/s²" }[metric.unit] ?? metric.unit;
  return {
    width, height: HEIGHT,
    cursor: { sync: { key: "trend" } },
    legend: { show: false },
    scales: { x: { time: false }, ...(isCoded && { y: { range: codesRange } }) },
    axes: [
      { values: ticksOf, incrs: STEPS_S, stroke: paint("soft"), grid: { stroke: paint("hair") }, space: 90, size: 26 },
      axisOf(metric),
    ],
    series: [{}, {
      label: unit ? `${metric.label} [${unit}]` : metric.label,
      stroke: paint("ink"), width: 1.3, spanGaps: false, points: { show: false },
      paths: STEPS.has(metric.name) ? uPlot.paths.stepped({ align: 1 }) : undefined,
    }],
    hooks: { draw: [(plot) => drawMark(plot, mark)] },
  };
}

function drawMark(plot, mark) {
  if (!mark) return;
  const x = plot.valToPos(mark / 1000, "x", true);
  if (x < plot.bbox.left || x > plot.bbox.left + plot.bbox.width) return;
  const pen = plot.ctx;
  pen.save();
  pen.strokeStyle = paint("fire");
  pen.lineWidth = 2;
  pen.beginPath();
  pen.moveTo(x, plot.bbox.top);
  pen.lineTo(x, plot.bbox.top + plot.bbox.height);
  pen.stroke();
  pen.restore();
}

// The limits of a metric that lie within what is drawn, dashed.
function drawLimits(plot, limits) {
  const pen = plot.ctx;
  pen.save();
  pen.strokeStyle = paint("fire");
  pen.setLineDash([6, 4]);
  for (const value of limits) {
    const y = plot.valToPos(value, "y", true);
    if (y < plot.bbox.top || y > plot.bbox.top + plot.bbox.height) continue;
    pen.beginPath();
    pen.moveTo(plot.bbox.left, y);
    pen.lineTo(plot.bbox.left + plot.bbox.width, y);
    pen.stroke();
  }
  pen.restore();
}

const day = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", month: "2-digit", day: "2-digit", hour: "2-digit" });

// A long time: the mean as a line in the band from the least to the greatest value.
function spread(metric, width) {
  const made = options(metric, width, 0);
  made.axes[0].values = (_, ticks) => ticks.map((seconds) => day.format(seconds * 1000));
  made.series.push({ stroke: "transparent", points: { show: false } }, { stroke: "transparent", points: { show: false } });
  made.bands = [{ series: [3, 2], fill: `${paint("soft")}44` }];
  made.hooks.draw.push((plot) => drawLimits(plot, metric.limits));
  return made;
}

async function drawSpan(box, url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok || box.dataset.span !== url) return;
  const { at, metrics } = await answer.json();
  show(box, metrics.map((metric) => ({
    made: spread(metric, 300), limits: metric.limits, data: [at, metric.mean, metric.low, metric.high],
  })));
}

function show(box, charts) {
  if (!charts.length) {
    box.textContent = box.dataset.empty;
    return;
  }
  const figures = charts.map(({ made, limits }) => {
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    caption.textContent = made.series[1].label;
    if (limits?.length) caption.textContent += ` · ${box.dataset.limitWord} ${limits.join(", ")}`;
    figure.append(caption);
    return figure;
  });
  box.replaceChildren(...figures);
  charts.forEach(({ made, data }, at) => {
    made.width = figures[at].clientWidth;
    new uPlot(made, data, figures[at]);
  });
}

// A page that stays open goes on showing the last so many seconds, by the clock of what was measured.
function follow(box, newest) {
  if (!box.dataset.window || !newest) return;
  const url = new URL(box.dataset.series, location.href);
  url.searchParams.set("since", new Date((newest - Number(box.dataset.window)) * 1000).toISOString());
  box.dataset.series = url.pathname + url.search;
}

async function draw(box) {
  if (box.dataset.span) return;
  const answer = await fetch(box.dataset.series, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return;
  const series = await answer.json();
  if (box.dataset.span) return;
  follow(box, series.at.at(-1));
  const mark = Number(box.dataset.mark || 0);
  const known = JSON.parse(box.dataset.limits || "{}");
  show(box, series.metrics.map((metric) => {
    const limits = (known[metric.name] ?? []).map(({ value }) => value);
    const made = options(metric, 300, mark);
    made.hooks.draw.push((plot) => drawLimits(plot, limits));
    return { made, limits, data: [series.at, metric.values] };
  }));
}

for (const spans of document.querySelectorAll("[data-spans]")) {
  spans.addEventListener("click", (event) => {
    const link = event.target.closest("[data-days]");
    if (!link) return;
    event.preventDefault();
    for (const one of spans.children) {
      if (one === link) one.setAttribute("aria-current", "true");
      else one.removeAttribute("aria-current");
    }
    const box = document.getElementById("trend");
    const { days } = link.dataset;
    box.dataset.span = days === "0" ? "" : `${spans.dataset.history}?days=${days}`;
    if (days === "0") draw(box);
    else drawSpan(box, box.dataset.span);
  });
}

for (const box of document.querySelectorAll("[data-series]")) {
  draw(box);
  const seconds = Number(box.dataset.refresh || 0);
  if (seconds) setInterval(() => { if (document.visibilityState === "visible") draw(box); }, seconds * 1000);
}
