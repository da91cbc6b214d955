// Draws the charts of a page from the numbers that stand in it as JSON. Without this script
// the table of the same numbers is shown; with it, "Table" changes between the two.
(() => {
  const STEP = 0.1;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  // What both charts have in common: no legend, numbers on the left, the colours of the theme.
  function frame(top) {
    const text = { color: colour("soft"), family: getComputedStyle(document.body).fontFamily, size: 12 };
    return {
      margin: { l: 34, r: 16, t: 18, b: 26 },
      height: 208,
      bargap: 0.14,
      showlegend: false,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: text,
      hoverlabel: { bgcolor: colour("ink"), bordercolor: colour("ink"), font: { color: colour("card"), family: text.family } },
      yaxis: {
        fixedrange: true,
        range: [0, top * 1.12],
        nticks: 4,
        tickformat: ",d",
        gridcolor: colour("line"),
        zerolinecolor: colour("line"),
      },
    };
  }

  const promise = (data) => ({
    x: 1,
    y: 1,
    yref: "paper",
    xanchor: "left",
    yanchor: "middle",
    xshift: 4,
    text: data.promise,
    showarrow: false,
    font: { color: colour("ink"), size: 12 },
  });

  // How far through the promise clients have waited: bars that divide where it ends.
  function distribution(data) {
    const bars = {
      type: "bar",
      x: data.starts.map((start) => start + STEP / 2),
      y: data.counts,
      width: STEP * 0.86,
      customdata: data.names,
      hovertemplate: "%{customdata}: %{y}<extra></extra>",
      marker: { color: data.states.map((state) => colour(`${state}-fill`)), cornerradius: 2 },
    };
    const layout = frame(Math.max(...data.counts, 4));
    layout.xaxis = {
      fixedrange: true,
      range: [-0.02, data.starts.length * STEP + 0.02],
      tickvals: [0, 0.5, 1, 1.5],
      ticktext: ["0", "½", "1×", "1½×"],
      showgrid: false,
      zeroline: false,
    };
    layout.shapes = [
      { type: "line", x0: 1, x1: 1, yref: "paper", y0: 0, y1: 1, line: { color: colour("ink"), width: 1, dash: "dot" } },
    ];
    layout.annotations = [promise(data)];
    return [[bars], layout];
  }

  // The line's name and last number stand behind its end, the higher line's a little above, the lower one's below.
  function label(line, data, lines) {
    const last = line.counts.length - 1;
    // Of two that end alike the first one is the higher.
    const height = (one) => one.counts[last] - lines.indexOf(one) / lines.length;
    const isHigher = lines.every((other) => height(other) <= height(line));
    // One that ends at the axis stands above its end too, clear of the dates; the higher one then makes room.
    const most = Math.max(...lines.flatMap((one) => one.counts), 4);
    const isLow = (one) => one.counts[last] < most * 0.1;
    const isPushed = isHigher && lines.some((one) => one !== line && isLow(one) && line.counts[last] < most * 0.2);
    return {
      x: data.days[last],
      y: line.counts[last],
      xanchor: "left",
      xshift: 8,
      yanchor: isHigher || isLow(line) ? "bottom" : "top",
      yshift: isPushed ? 14 : 0,
      // Markup in a text would become a style attribute, which the page's policy forbids.
      text: `${line.label} ${line.counts[last]}`,
      showarrow: false,
      font: { color: colour(line.state), size: 12, weight: 600 },
    };
  }

  // Four dates are enough to say when, the last of them is today.
  function ticks(data) {
    const last = data.days.length - 1;
    const every = Math.max(1, Math.round(last / 3));
    const shown = data.days.map((_day, number) => number).filter((number) => (last - number) % every === 0);
    return { tickvals: shown.map((number) => data.days[number]), ticktext: shown.map((number) => data.names[number]) };
  }

  function trend(data) {
    const lines = data.lines.map((line) => ({
      type: "scatter",
      mode: "lines+markers",
      x: data.days,
      y: line.counts,
      customdata: data.names.map((name, number) => [name, line.label, data.worth[number]]),
      hovertemplate: `%{customdata[0]}: %{customdata[1]} %{y}${line.state === "overdue" ? ", %{customdata[2]}" : ""}<extra></extra>`,
      line: { color: colour(`${line.state}-fill`), width: 2 },
      marker: { color: colour(`${line.state}-fill`), size: 5 },
    }));
    const layout = frame(Math.max(...data.lines.flatMap((line) => line.counts), 4));
    layout.xaxis = { type: "date", fixedrange: true, showgrid: false, zeroline: false, ...ticks(data) };
    layout.annotations = data.lines.map((line) => label(line, data, data.lines));
    layout.hovermode = "closest";
    return [lines, layout];
  }

  function draw(place, data) {
    const [traces, layout] = data.kind === "trend" ? trend(data) : distribution(data);
    return Plotly.react(place, traces, layout, { displayModeBar: false, responsive: true });
  }

  function begin(section) {
    const place = section.querySelector(".chart-place");
    const table = section.querySelector(".chart-table");
    const button = section.querySelector("[data-chart-table]");
    const data = JSON.parse(section.querySelector("script[type='application/json']").textContent);
    const show = (asTable) => {
      table.hidden = !asTable;
      place.hidden = asTable;
      button.setAttribute("aria-expanded", String(asTable));
      if (!asTable) draw(place, data);
    };
    button.hidden = false;
    button.addEventListener("click", () => show(table.hidden));
    show(false);
    place.on("plotly_click", (event) => window.location.assign(data.links[event.points[0].pointIndex]));
    new MutationObserver(() => place.hidden || !place.isConnected || draw(place, data)).observe(document.documentElement, {
      attributeFilter: ["data-bs-theme"],
    });
  }

  for (const section of document.querySelectorAll("[data-chart]")) begin(section);
})();
