// Trends of an asset: one small chart a metric, cursors in step, a line where the alarm began.
const HEIGHT = 110;
const STEPS = new Set(["floor", "direction", "mode", "door_closed", "door_zone", "person", "running", "automatic"]);
const zone = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", second: "2-digit" });
const clock = (seconds) => zone.format(seconds * 1000);

function options(metric, width, mark) {
  const unit = { degC: "°C", "m/s2": "m/s²" }[metric.unit] ?? metric.unit;
  return {
    width, height: HEIGHT,
    cursor: { sync: { key: "trend" } },
    legend: { show: false },
    scales: { x: { time: false } },
    axes: [
      { values: (_, ticks) => ticks.map(clock), stroke: "#55616a", grid: { stroke: "#dde1e3" }, space: 90, size: 26 },
      { stroke: "#55616a", grid: { stroke: "#dde1e3" }, size: 56 },
    ],
    series: [{}, {
      label: unit ? `${metric.label} [${unit}]` : metric.label,
      stroke: "#37474f", width: 1.3, spanGaps: false, points: { show: false },
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
  pen.strokeStyle = "#c4161c";
  pen.lineWidth = 2;
  pen.beginPath();
  pen.moveTo(x, plot.bbox.top);
  pen.lineTo(x, plot.bbox.top + plot.bbox.height);
  pen.stroke();
  pen.restore();
}

async function draw(box) {
  const answer = await fetch(box.dataset.series, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return;
  const series = await answer.json();
  const width = box.clientWidth;
  const mark = Number(box.dataset.mark || 0);
  if (!series.metrics.length) {
    box.textContent = box.dataset.empty;
    return;
  }
  const charts = series.metrics.map((metric) => {
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    const made = options(metric, Math.min(width, 900), mark);
    caption.textContent = made.series[1].label;
    figure.append(caption);
    return { figure, made, data: [series.at, metric.values] };
  });
  box.replaceChildren(...charts.map(({ figure }) => figure));
  for (const { figure, made, data } of charts) {
    made.width = figure.clientWidth;
    new uPlot(made, data, figure);
  }
}

for (const box of document.querySelectorAll("[data-series]")) {
  draw(box);
  const seconds = Number(box.dataset.refresh || 0);
  if (seconds) setInterval(() => { if (document.visibilityState === "visible") draw(box); }, seconds * 1000);
}
